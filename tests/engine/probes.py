"""Measure who reaches whom: every place asks every address of every other, and the answer must name the right one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from tests.engine import bench, inside
from tests.engine.dockerd import Engine
from tests.engine.images import INSIDE
from tests.engine.questions import Probe, Question, Scene, from_container, from_zone

_PATIENCE: Final = ("1", "2")
"""Seconds for the first try and for the second, which is made of all that stays silent: a busy machine does not close a door."""
_ASK_NAMES: Final = """
while read -r id protocol host port; do
  (for seconds in "$@"; do
    answer=$("$0" timeout "$seconds" "$0" wget -q -Y off -O - "http://$host:$port/" 2>/dev/null) && echo "$id $answer" && break
  done) &
done
wait
"""


class Measured(NamedTuple):
    """What came of a probe."""

    source: str
    probe: Probe
    open: bool


class Asker(NamedTuple):
    """A place to ask from."""

    source: str
    container: str
    """The container's id; empty for a zone."""
    namespace: tuple[str, ...]
    """How a program of this machine is called in its network namespace."""
    probes: Sequence[Probe]


def measure(scene: Scene) -> list[Measured]:
    """Every probe from every container, the LAN client, the outside and the host."""
    askers = [*_containers(scene), *_zones(scene)]
    calls = [(asker.source, *call) for asker in askers for call in _calls(asker)]
    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        answers = pool.map(lambda call: _answers(scene.engine, call[1], call[2]), calls)
        heard = {(call[0], question): answer for call, found in zip(calls, answers, strict=True) for question, answer in found.items()}
    return [Measured(asker.source, one, heard.get((asker.source, one.question)) == one.answer) for asker in askers for one in asker.probes]


def _containers(scene: Scene) -> Iterable[Asker]:
    for one in scene.containers:
        yield Asker(one.service, one.id, scene.engine.inside(one.pid), from_container(scene, one))


def _zones(scene: Scene) -> Iterable[Asker]:
    machines = scene.engine.bench
    assert machines is not None
    for zone, space in ((bench.HOST_ZONE, machines.host), (bench.LAN_ZONE, machines.lan), (bench.INTERNET_ZONE, machines.outside)):
        yield Asker(zone, "", space.inside(), from_zone(scene, zone))


def _calls(asker: Asker) -> Iterable[tuple[tuple[str, ...], list[Question]]]:
    """Names are asked by the container itself, addresses by a program in its network namespace, which is many times faster."""
    questions = {one.question for one in asker.probes}
    names = {question for question in questions if question.is_name}
    if names:
        yield ("docker", "exec", "--interactive", asker.container, INSIDE, "sh", "-c", _ASK_NAMES, INSIDE, *_PATIENCE), sorted(names)
    if questions - names:
        yield (*asker.namespace, sys.executable, inside.__file__, "ask", *_PATIENCE), sorted(questions - names)


def _answers(engine: Engine, call: tuple[str, ...], questions: Sequence[Question]) -> dict[Question, str]:
    lines = "".join(f"{index} {one.protocol} {one.host} {one.port}\n" for index, one in enumerate(questions))
    done = subprocess.run(call, input=lines, capture_output=True, text=True, env=engine.environment, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"asking failed: {done.stderr.strip()}")
    pairs = (line.partition(" ") for line in done.stdout.splitlines())
    return {questions[int(index)]: answer for index, _, answer in pairs}
