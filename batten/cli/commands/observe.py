"""Watch the running project and learn who talks to whom: what was seen becomes evidence in the design, what was never seen a question.

Nothing in the project is changed: root on the engine's host reads the kernel's tables of connections from outside, elsewhere a small probe container beside
each one does. Ctrl-C ends it early and keeps what was seen. The result is added to batten.yaml beside the compose file; times of watching add up.
"""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from batten.cli import DONE, FAILED, KILLED, designs, projects, streams
from batten.errors import EngineError

if TYPE_CHECKING:
    from batten.design import Design
    from batten.engine.endpoint import Endpoint
    from batten.engine.observing import Look
    from batten.engine.protocol import Engine
    from batten.model import Project
    from batten.report.observation import Watched

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    parser.add_argument("--for", dest="seconds", type=_time, default="10m", metavar="TIME", help="how long to watch: 90s, 10m, 2h, 1d; default: 10m")
    parser.add_argument("--interval", type=_time, metavar="TIME", help="from look to look; default: 2s, with probe containers 10s")
    parser.add_argument("--context", metavar="NAME", help="the docker context of the engine; default: as the docker command has it")
    parser.add_argument(
        "--probe-image", default="", metavar="IMAGE", help="look from small containers of this image; default: busybox, where batten is not root there"
    )
    parser.add_argument("--pull", action="store_true", help="let the engine pull that image where it does not have it")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the design that learns; default: batten.yaml beside the compose file")
    parser.add_argument("--no-save", action="store_true", help="print what was seen and leave the design alone")


def _time(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    seconds = float(found[1]) * _UNITS[found[2] or "s"] if found else 0.0
    if not 0 < seconds <= 366 * _UNITS["d"]:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 90s, 10m, 2h or 1d")
    return seconds


def run(options: argparse.Namespace) -> int:
    """Watch, print what was seen, add it to the design."""
    from batten.engine import docker_sdk
    from batten.engine.endpoint import endpoint

    project = projects.source(options).load()
    path = options.output or project.directory / designs.NAME
    _design(project, path)
    where = endpoint(options.context)
    with docker_sdk.connected(where, docker_sdk.TIMEOUT) as engine:
        version = engine.about().version
        watching = _Watching(options)
        watching.run(project, engine, where)
    learned, found = _learned(project, _design(project, path), version, watching)
    _put(found, options)
    if not options.no_save:
        _save(learned, project, path)
    if watching.failure is not None:
        streams.complain(watching.failure)
        return FAILED
    return KILLED if watching.killed else DONE


class _Watching:
    """Looks one after the other, told on standard error, until the time is over, somebody ends it or the engine is gone."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self.last: Look | None = None
        self.failure: EngineError | None = None
        self.stopped = ""
        self.killed = False

    def run(self, project: Project, engine: Engine, where: Endpoint) -> None:
        """Watch; raises EngineError where not even one look was possible."""
        from batten.engine import observing

        given = self._options
        try:
            views = observing.views_of(engine, where, image=given.probe_image, pull=given.pull, seconds=given.seconds)
            with closing(observing.observe(project, engine, seconds=given.seconds, interval=given.interval, views=views)) as looks:
                for look in looks:
                    self.last = look
                    self._tell(look)
        except EngineError as error:
            self.stopped, self.failure = "the engine was gone", error
        except (KeyboardInterrupt, streams.KilledError) as end:
            self.stopped, self.killed = "it was ended", isinstance(end, streams.KilledError)
        if self.last is None:
            raise self.failure or EngineError("nothing was seen: it was ended before the first look.")
        self._clear()

    def _tell(self, look: Look) -> None:
        """A line for each pair that is new, and on a terminal one that counts."""
        from batten.report.observation import seen_line

        self._clear()
        for one in look.fresh:
            streams.say(f"{_clock(look.elapsed)}  {seen_line(one)}")
        if sys.stderr.isatty():
            seen = look.observations.sightings
            left = max(self._options.seconds - look.elapsed, 0)
            counts = (len(seen), "pair"), (sum(one.times for one in seen), "connection"), (len(look.running), "service")
            told = ", ".join(f"{number} {what}{'' if number == 1 else 's'}" for number, what in counts)
            streams.show(f"{_clock(look.elapsed)}  {told}; {_clock(left)} left")

    def _clear(self) -> None:
        if sys.stderr.isatty():
            streams.show("")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"


def _design(project: Project, path: Path) -> Design:
    """The design that learns: the one that is there, else the proposed one. Read before, so that nothing is watched in vain, and again after, as it is then."""
    from batten.design import file
    from batten.design.proposal import propose

    return file.read(path) if path.is_file() else propose(project)


def _learned(project: Project, design: Design, version: str, watching: _Watching) -> tuple[Design, Watched]:
    from batten.design import learning
    from batten.report.observation import Watched
    from batten.session import Session
    from wizards.learning import learn

    last = watching.last
    assert last is not None
    cut_off = learning.cut_off(learning.learned(design, project, last.observations), project)
    learned = learn(Session(project, design), last.observations).design
    known = {(one.source, one.target) for one in design.connections}
    news = [one for one in last.observations.sightings if one.certain and one.pair not in known and {*one.pair} <= project.services.keys()]
    return learned, Watched(
        project.name, version, last.observations, last.elapsed, last.number, last.cost, tuple(project.services), news,
        learning.unseen(learned, project), cut_off, watching.stopped,
    )  # fmt: skip


def _put(found: Watched, options: argparse.Namespace) -> None:
    from batten.report.observation import observation_json, observation_text

    if options.format == "json":
        import json

        streams.put(f"{json.dumps(observation_json(found), indent=2, ensure_ascii=False)}\n")
    else:
        streams.put(observation_text(found, streams.width()))


def _save(design: Design, project: Project, path: Path) -> None:
    """Write what was learned, in the user's own text where there is one."""
    from batten.design import file
    from batten.design.rewriting import rewritten
    from batten.files import write_all
    from batten.model import GeneratedFile

    before = path.read_bytes().decode("utf-8-sig") if path.is_file() else file.dump(design)
    text = rewritten(before, design, ("connections", "networks", "observed"), str(path))
    write_all([GeneratedFile(path.name, text.encode())], path.absolute().parent, force=True)
    streams.say(f"The design in {streams.shown(str(path.absolute()))} knows of it.")
