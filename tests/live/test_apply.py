"""Applying and undoing against an engine that answers what a test gives it: what is foreseen, waited for, asked, and said where it stops."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from batten.design import Design
from batten.engine.added import Added
from batten.engine.applying import Applying, Task
from batten.engine.bringing import Bringing
from batten.engine.composing import Compose, Up, find, options
from batten.engine.events import KEEP, NO, UNDO, YES, Ended, Event, Outcome, Question, Stage, TakenBack, Written
from batten.engine.foreseeing import Foreseen, Snapshot, Told, foresee, snapshot
from batten.engine.processes import Call, FailedError, answer, lines
from batten.engine.protocol import Condition, Workload
from batten.engine.settling import STEADY, Watch
from batten.engine.undoing import Undoing, UndoTask
from batten.engine.verifying import Verifying
from batten.errors import BattenError, EngineError
from batten.hardening import Hardening, harden
from batten.model import Project
from batten.reach import predict
from batten.session import design_for
from tests.live.fakes import FakeEngine, composed, network
from tests.support import project_of

SHOP = """
services:
  web: {image: "nginx:1.27", environment: {API_URL: "http://api:8080"}}
  api: {image: "example.org/api:1", environment: {DB_HOST: db}}
  db: {image: "postgres:16", volumes: ["data:/var/lib/postgresql/data"]}
volumes: {data: {}}
"""
HASH = "com.docker.compose.config-hash"


def on(project: str, *services: str, state: str = "running", **condition: Any) -> list[Workload]:
    """Containers that bear the hash that Compose gives, each healthy unless it is said otherwise."""
    how = Condition(**{"health": "healthy", **condition})
    return [replace(composed(project, name, labels={HASH: "same"}), state=state, condition=how, pid=number) for number, name in enumerate(services, 1)]


@dataclass
class ChangingEngine(FakeEngine):
    """An engine whose networks can be taken away."""

    removed: list[str] = field(default_factory=list)
    gone: bool = False

    def about(self) -> Any:
        """See the protocol."""
        if self.gone:
            raise EngineError("the engine does not answer.", hint="Start it.")
        return super().about()

    def containers(self) -> Sequence[Workload]:
        """See the protocol."""
        self.about()
        return super().containers()

    def disconnect(self, network: str, container: str) -> None:
        """See ``Changing``."""

    def remove_network(self, network: str) -> None:
        """See ``Changing``."""
        self.removed.append(network)
        self.nets = [one for one in self.nets if one.name != network]


@dataclass(frozen=True)
class FakeCompose(Compose):
    """Docker Compose without a process."""

    calls: list[tuple[str, Any]] = field(default_factory=list)
    fails: str = ""
    then: Callable[[], None] = lambda: None

    def services(self) -> frozenset[str]:
        """See ``Compose``."""
        return frozenset({"web", "api", "db"})

    def hashes(self) -> Mapping[str, str]:
        """See ``Compose``."""
        return dict.fromkeys(self.services(), "same")

    def up(self, what: Up, limit: float, stopped: threading.Event | None = None) -> Iterator[str]:
        """See ``Compose``."""
        self.calls.append(("up", what))
        yield " Container shop-web-1  Started"
        self.then()
        if self.fails:
            raise FailedError(self.fails)

    def stop(self, names: Sequence[str], limit: float, stopped: threading.Event | None = None) -> Iterator[str]:
        """See ``Compose``."""
        self.calls.append(("stop", tuple(names)))
        yield from ()


@dataclass
class FakeFiles:
    """Files that are only counted."""

    done: list[str] = field(default_factory=list)

    def write(self, hardening: Hardening, before: Snapshot) -> Written:
        """See ``Files``."""
        self.done.append("write")
        return Written(("compose.yaml",), (), Path("/backup"))

    def undo(self) -> Written:
        """See ``Files``."""
        self.done.append("undo")
        return Written(("compose.yaml",), (), Path("/backup"))

    def forget(self) -> None:
        """See ``Files``."""
        self.done.append("forget")

    def note(self, stage: Stage) -> None:
        """See ``Files``."""
        self.done.append(f"note {stage}")


class Scene:
    """An applying in which everything but the logic is a fake."""

    def __init__(self, folder: Path, *answers: str, text: str = SHOP, **compose: Any) -> None:
        self.project = project_of(text, folder)
        self.engine = ChangingEngine(on("shop", "web", "api", "db"), [network("shop")])
        self.compose = FakeCompose(("docker", "compose"), "5.6.1", (), folder, {}, **compose)
        self.files = FakeFiles()
        self.asked: list[Question] = []
        self._answers = list(answers)
        self.run = Applying(
            Task(
                read=lambda: self.project,
                harden=lambda project, design: harden(project, design),
                design=design_for(self.project),
                files=self.files,
                means=Bringing(self.engine, self.compose, 5),
                verify=self._verify,
                mask=lambda text: text.replace("barnacle", "…"),
                decide=self._decide,
                connect=False,
            )
        )

    def _decide(self, question: Question) -> str:
        self.asked.append(question)
        return self._answers.pop(0)

    def _verify(self, hardening: Hardening, connect: bool) -> Verifying:
        assert not connect
        after = hardening.after
        names = {name: tuple(after.networks[key].name for key in service.networks) for name, service in after.services.items()}
        self.engine.runs = [replace(one, networks=tuple(_member(name) for name in names[one.labels["com.docker.compose.service"]])) for one in self.engine.runs]
        return Verifying(after, predict(after, connections=()), self.engine, "28.5.2", None)

    def events(self) -> list[Event]:
        """Everything that it tells."""
        return list(self.run.events())

    def end(self) -> Ended:
        """How it ended."""
        last = self.events()[-1]
        assert isinstance(last, Ended)
        return last


def _member(name: str) -> Any:
    from batten.engine.protocol import Membership

    return Membership(name)


class TestApplying:
    def test_writes_brings_up_and_verifies(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path, YES)
        assert scene.end().outcome == Outcome.APPLIED
        assert scene.files.done == ["write", "note start", "note logs"]
        assert [name for name, _ in scene.compose.calls] == ["up"]
        assert scene.run.verified is not None
        assert scene.run.verified.found is not None

    def test_does_nothing_where_somebody_says_no(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path, NO)
        assert scene.end().outcome == Outcome.DECLINED
        assert (scene.files.done, scene.compose.calls) == ([], [])
        assert scene.run.situation == "Nothing was changed."

    def test_says_what_restarts_before_it_asks(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path, NO)
        (foreseen,) = [one for one in scene.events() if isinstance(one, Foreseen)]
        assert set(foreseen.recreated) == {"web", "api", "db"}
        assert scene.asked[0].text.startswith("3 services will be restarted")
        assert scene.asked[0].default == NO

    def test_asks_nothing_where_all_is_in_place(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path)
        scene.run.task = replace(scene.run.task, design=Design())
        assert scene.end().outcome == Outcome.NOTHING
        assert (scene.asked, scene.files.done, scene.compose.calls) == ([], [], [])

    @pytest.mark.parametrize(("answer", "outcome", "done"), [(KEEP, Outcome.KEPT, 0), (UNDO, Outcome.UNDONE, 1)])
    def test_asks_what_to_do_about_trouble(self, tmp_path: Path, answer: str, outcome: Outcome, done: int) -> None:
        scene = Scene(tmp_path, YES, answer)
        scene.compose = replace(scene.compose, then=lambda: self._fail(scene, "api"))
        scene = self._with(scene)
        assert scene.end().outcome == outcome
        assert scene.files.done.count("undo") == done
        assert scene.run.suspected.troubles[0].service == "api"
        assert [choice.id for choice in scene.asked[-1].choices][-2:] == [UNDO, KEEP]

    def test_takes_one_change_back_and_tries_again(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path, YES)
        logs = {"shop-api-1": ["cannot bind: Operation not permitted"]}
        scene.compose = replace(scene.compose, then=lambda: self._fail(scene, "api", logs))
        scene = self._with(scene)
        scene.run.task = replace(scene.run.task, decide=lambda question: self._first(scene, question))
        events = scene.events()
        assert any(isinstance(one, TakenBack) for one in events)
        last = events[-1]
        assert isinstance(last, Ended)
        assert last.outcome == Outcome.CHANGED
        assert scene.files.done.count("write") >= 2
        assert scene.run.task.design.left_out[0].reason

    @staticmethod
    def _first(scene: Scene, question: Question) -> str:
        """Yes, and then the first thing that is offered; all is well from then on."""
        if question.choices[0].id != YES:
            scene.compose.calls.clear()
            scene.engine.runs, scene.engine.logs = on("shop", "web", "api", "db"), {}
            object.__setattr__(scene.compose, "then", lambda: None)
        return question.choices[0].id

    @staticmethod
    def _fail(scene: Scene, service: str, logs: Mapping[str, Sequence[str]] | None = None) -> None:
        others = [one for one in scene.engine.runs if one.labels["com.docker.compose.service"] != service]
        scene.engine.runs = [*others, *on("shop", service, state="exited", health="", exit_code=1)]
        scene.engine.logs = dict(logs or {})

    @staticmethod
    def _with(scene: Scene) -> Scene:
        """The same scene, by the Compose that it has now."""
        scene.run = Applying(replace(scene.run.task, means=Bringing(scene.engine, scene.compose, 5)))
        return scene

    def test_a_compose_that_fails_is_trouble(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path, YES, KEEP, fails="'docker compose' failed: no space left on device.")
        assert scene.end().outcome == Outcome.KEPT
        assert "no space left" in scene.run.suspected.troubles[0].text

    def test_an_engine_that_is_gone_ends_it_and_what_is_true_is_said(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path, YES)
        scene.compose = replace(scene.compose, then=lambda: setattr(scene.engine, "gone", True))
        scene = self._with(scene)
        with pytest.raises(EngineError, match="does not answer"):
            scene.events()
        assert scene.run.situation == "The hardened files are in place; the containers may be partly those from before."

    def test_is_stopped_from_outside(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path, YES, KEEP)
        scene.engine.runs = on("shop", "web", "api", "db", health="starting")
        scene.run.task.means.stopped.set()
        began = time.monotonic()
        assert scene.end().outcome == Outcome.KEPT
        assert time.monotonic() - began < 3

    def test_takes_no_answer_that_was_not_offered(self, tmp_path: Path) -> None:
        with pytest.raises(BattenError, match="no answer"):
            Scene(tmp_path, "maybe").events()


class TestUndoing:
    def test_names_what_ran_and_stops_what_did_not(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path)
        undoing = Undoing(self._task(scene, {"web": 2, "db": 1}))
        last = list(undoing.events())[-1]
        assert isinstance(last, Ended)
        assert last.outcome == Outcome.UNDONE
        (_, up), (_, stopped) = scene.compose.calls
        assert (dict(up.scale), up.idle, stopped) == ({"web": 2}, False, ("api",))

    def test_starts_nothing_where_nothing_ran(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path)
        last = list(Undoing(self._task(scene, {})).events())[-1]
        assert isinstance(last, Ended)
        assert last.text == "The old files are back, and nothing runs, as before."
        assert scene.compose.calls[0][1].idle

    def test_removes_containers_that_only_the_hardened_project_has(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path)
        scene.engine.runs = on("shop", "web", "api", "db", "proxy")
        added = Added(frozenset({"proxy"}))
        list(Undoing(replace(self._task(scene, {"web": 1, "api": 1, "db": 1}), added=added)).events())
        assert scene.compose.calls[0][1].alone

    def test_leaves_containers_of_others(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path)
        scene.engine.runs = on("shop", "web", "api", "db", "forgotten")
        undoing = Undoing(self._task(scene, {"web": 1, "api": 1, "db": 1}))
        list(undoing.events())
        assert not scene.compose.calls[0][1].alone
        assert "forgotten" in undoing.back.troubles[0].text

    @staticmethod
    def _task(scene: Scene, running: Mapping[str, int]) -> UndoTask:
        bringing = Bringing(scene.engine, scene.compose, 5)
        return UndoTask(scene.project, scene.project, running, Added(), scene.files, bringing, str, lambda _: YES)

    def test_keeps_the_backup_until_the_containers_are_up(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path)
        scene.compose = replace(scene.compose, then=lambda: setattr(scene.engine, "gone", True), fails="it is gone.")
        undoing = Undoing(self._task(scene, {"web": 1}))
        with pytest.raises(EngineError, match="does not answer"):
            list(undoing.events())
        assert scene.files.done == ["undo"]
        assert undoing.situation == "The old files are back; the containers may still be the hardened ones."


class TestWhatIsForeseen:
    def test_is_what_the_files_change(self, tmp_path: Path) -> None:
        before = project_of(SHOP, tmp_path)
        after = project_of(SHOP.replace('"nginx:1.27"', '"nginx:1.27", read_only: true'), tmp_path)
        found = self._foresee(before, after, on("shop", "web", "api", "db"))
        assert (dict(found.recreated), found.started, found.networks, found.anew) == ({"web": "its entry in the files changes"}, (), (), False)

    def test_is_also_what_was_changed_earlier(self, tmp_path: Path) -> None:
        project = project_of(SHOP, tmp_path)
        worn = [replace(one, labels={**one.labels, HASH: "older"}) if "api" in one.name else one for one in on("shop", "web", "api", "db")]
        assert list(self._foresee(project, project, worn).recreated) == ["api"]

    def test_is_what_does_not_run_yet(self, tmp_path: Path) -> None:
        project = project_of(SHOP, tmp_path)
        assert self._foresee(project, project, on("shop", "web")).started == ("api", "db")

    def test_is_a_network_whose_way_out_closes_and_all_with_it(self, tmp_path: Path) -> None:
        before = project_of(SHOP, tmp_path)
        after = project_of(f"{SHOP}networks: {{default: {{internal: true}}}}\n", tmp_path)
        found = self._foresee(before, after, on("shop", "web", "api", "db"))
        assert (found.networks, found.anew, set(found.recreated)) == (("shop_default",), True, {"web", "api", "db"})

    def test_is_refused_where_a_stranger_is_on_that_network(self, tmp_path: Path) -> None:
        before = project_of(SHOP, tmp_path)
        after = project_of(f"{SHOP}networks: {{default: {{internal: true}}}}\n", tmp_path)
        with pytest.raises(EngineError, match="other-x-1 of another project is on it"):
            self._foresee(before, after, [*on("shop", "web"), composed("other", "x", networks=(_member("shop_default"),))])

    def test_is_all_anew_where_a_killed_run_took_a_container_off_its_network(self, tmp_path: Path) -> None:
        project = project_of(SHOP, tmp_path)
        worn = [replace(one, networks=()) if "db" in one.name else one for one in on("shop", "web", "api", "db")]
        assert self._foresee(project, project, worn).anew

    def test_names_services_whose_profile_is_not_chosen_and_that_run(self, tmp_path: Path) -> None:
        project = project_of(f"{SHOP.rstrip()}\n".replace("services:", "services:\n  debug: {image: busybox, profiles: [debug]}"), tmp_path)
        found = self._foresee(project, project, on("shop", "web", "api", "db", "debug"))
        assert found.names == ("api", "db", "debug", "web")

    def test_keeps_numbers_that_the_files_do_not_say(self, tmp_path: Path) -> None:
        project = project_of(SHOP, tmp_path)
        two = replace(composed("shop", "api", 2, labels={HASH: "same"}), state="running")
        assert self._foresee(project, project, [*on("shop", "web", "api", "db"), two]).scale == {"api": 2}

    @staticmethod
    def _foresee(before: Project, after: Project, runs: Sequence[Workload]) -> Foreseen:
        now = snapshot(runs, [network("shop")], "shop")
        return foresee(before, after, now, Told(frozenset({"web", "api", "db"}), dict.fromkeys(("web", "api", "db"), "same")))


class TestStanding:
    @pytest.mark.parametrize(
        ("state", "condition", "text", "settled", "failed"),
        [
            ("running", Condition(health="healthy"), "healthy", True, False),
            ("running", Condition(health="starting"), "waiting for its healthcheck", False, False),
            ("running", Condition(health="unhealthy"), "unhealthy", True, True),
            ("running", Condition(), "running, not for long", False, False),
            ("exited", Condition(), "done", True, False),
            ("exited", Condition(exit_code=3), "exited with code 3", True, True),
            ("exited", Condition(exit_code=137, oom_killed=True), "exited with code 137 for want of memory", True, True),
            ("restarting", Condition(exit_code=1, restarts=3), "restarts all the time (exit code 1)", True, True),
            ("restarting", Condition(exit_code=1, restarts=1), "restarting", False, False),
            ("created", Condition(error="no such device"), "could not be started: no such device", True, True),
        ],
    )
    def test_is_judged(self, state: str, condition: Condition, text: str, settled: bool, failed: bool) -> None:
        (found,) = Watch({}, {}).look([replace(composed("shop", "api"), condition=condition, state=state)])
        assert (found.text, found.settled, found.failed) == (text, settled, failed)

    def test_takes_time_without_a_healthcheck_and_begins_anew_with_every_start(self) -> None:
        now = [0.0]
        watch = Watch({}, {}, lambda: now[0])
        first, again = replace(composed("shop", "api"), pid=7), replace(composed("shop", "api"), pid=8, condition=Condition(restarts=1))
        told = []
        for seconds, one in ((0, first), (STEADY - 1, first), (STEADY, again), (2 * STEADY, again)):
            now[0] = seconds
            told.append(watch.look([one])[0].settled)
        assert told == [False, False, False, True]

    def test_may_be_as_bad_as_before(self) -> None:
        one = replace(composed("shop", "job"), state="exited", condition=Condition(exit_code=3))
        (found,) = Watch({"job": "exited with code 3"}, {}).look([one])
        assert (found.text, found.settled, found.failed) == ("exited with code 3, as before", True, False)

    def test_counts_only_new_starts(self) -> None:
        one = replace(composed("shop", "api"), condition=Condition(health="healthy", restarts=7))
        assert not Watch({}, {one.id: 7}).look([one])[0].failed


def call(folder: Path, script: str) -> Call:
    """A program of a few lines."""
    return Call((sys.executable, "-c", script), folder, {})


class TestPrograms:
    def test_say_their_lines_as_they_come(self, tmp_path: Path) -> None:
        assert list(lines(call(tmp_path, "print('a'); import sys; print('b', file=sys.stderr)"), 20)) in (["a", "b"], ["b", "a"])

    def test_that_fail_say_why(self, tmp_path: Path) -> None:
        with pytest.raises(FailedError, match="failed: no such thing"):
            list(lines(call(tmp_path, "import sys; print('no such thing'); sys.exit(3)"), 20))
        with pytest.raises(FailedError, match="failed: bad"):
            answer(call(tmp_path, "import sys; sys.exit('bad')"), 20)

    def test_that_hang_are_ended_with_their_children(self, tmp_path: Path) -> None:
        script = f"import subprocess, os; open({str(tmp_path / 'pid')!r}, 'w').write(str(subprocess.Popen(['sleep', '1000']).pid)); print('up', flush=True)"
        began = time.monotonic()
        with pytest.raises(FailedError, match="did not come to an end within 2 seconds"):
            list(lines(call(tmp_path, f"{script}; import time; time.sleep(1000)"), 2))
        assert time.monotonic() - began < 15
        child = Path(f"/proc/{(tmp_path / 'pid').read_text()}/stat")
        until = time.monotonic() + 5
        while child.exists() and ") Z " not in child.read_text() and time.monotonic() < until:
            time.sleep(0.05)
        assert not child.exists() or ") Z " in child.read_text()

    def test_that_are_asked_answer_in_time_or_not_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(FailedError, match="does not answer within 1 seconds"):
            answer(call(tmp_path, "import time; time.sleep(1000)"), 1)

    def test_that_are_not_there_are_said(self, tmp_path: Path) -> None:
        with pytest.raises(FailedError, match="cannot be run"):
            list(lines(Call(("./nothing",), tmp_path, {}), 5))

    def test_end_when_somebody_stops_them(self, tmp_path: Path) -> None:
        stopped = threading.Event()
        with pytest.raises(FailedError, match="was stopped"):
            for _ in lines(call(tmp_path, "import time; print('up', flush=True); time.sleep(1000)"), 60, stopped):
                stopped.set()


class TestTheComposeAtHand:
    def test_is_called_as_the_user_would(self, tmp_path: Path) -> None:
        project = project_of(SHOP, tmp_path)
        request = project.request._replace(env_files=(tmp_path / "own.env",), profiles=("debug",))
        assert list(options(request)) == ["--file", str(tmp_path / "shop/compose.yaml"), "--env-file", str(tmp_path / "own.env"), "--profile", "debug"]
        assert "--profile" not in list(options(project.request))

    def test_is_the_plugin_before_the_program(self, tmp_path: Path) -> None:
        assert self._found(tmp_path, docker="2.30.1", **{"docker-compose": "5.6.1"}) == (("docker", "compose"), "2.30.1")
        assert self._found(tmp_path, docker="", **{"docker-compose": "v5.6.1"}) == (("docker-compose",), "5.6.1")

    def test_is_missed_or_too_old(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match="there is no 'docker compose' here"):
            self._found(tmp_path, docker="")
        with pytest.raises(EngineError, match=r"is version 1\.29\.2; batten needs Compose 2"):
            self._found(tmp_path, **{"docker-compose": "1.29.2"})

    def test_reads_another_context_than_the_environment_says(self, tmp_path: Path) -> None:
        self._programs(tmp_path, {"docker": "2.30.1"})
        found = find(project_of(SHOP, tmp_path), "far", {"PATH": str(tmp_path / "programs"), "DOCKER_HOST": "tcp://elsewhere"})
        assert (found.environ["DOCKER_CONTEXT"], "DOCKER_HOST" in found.environ) == ("far", False)

    def _found(self, folder: Path, **programs: str) -> tuple[tuple[str, ...], str]:
        self._programs(folder, programs)
        found = find(project_of(SHOP, folder), None, {"PATH": str(folder / "programs")})
        return found.program, found.version

    @staticmethod
    def _programs(folder: Path, versions: Mapping[str, str]) -> None:
        """Programs that only know their version; one without the plugin knows none."""
        place = folder / "programs"
        place.mkdir(exist_ok=True)
        for old in place.iterdir():
            old.unlink()
        for name, version in versions.items():
            (place / name).write_text(f"#!/bin/sh\necho {version}\n" if version else "#!/bin/sh\nexit 1\n")
            (place / name).chmod(0o755)
