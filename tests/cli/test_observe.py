"""``batten observe`` without an engine: what it writes and leaves alone, and what it says when it cannot."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from batten.cli import main, streams
from batten.design import file
from batten.engine import docker_sdk, observing
from batten.errors import EngineError
from tests.cli.calling import call
from tests.live.fakes import FakeEngine
from tests.live.test_beside import Shelf
from tests.live.test_observe import ASKING, LISTENING, Panes, runs

Happening = Callable[[], object]
TEXT = "services: {web: {image: nginx}, db: {image: postgres}}\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose web server asks its database, on an engine that is not there."""
    panes, folder = Panes(), tmp_path / "shop"
    panes.tables = {10: ASKING, 11: LISTENING}
    folder.mkdir()
    (folder / "compose.yaml").write_text(TEXT)

    @contextmanager
    def connected(*_: object) -> Iterator[FakeEngine]:
        yield FakeEngine([runs("web", 10), runs("db", 11)])

    monkeypatch.setattr(observing, "views_of", lambda *_, **__: panes)
    monkeypatch.setattr(docker_sdk, "connected", connected)
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/nobody.sock")
    return folder


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Callable[[Happening], None]:
    """Lets something happen when the first look is over."""

    def prepare(happening: Happening) -> None:
        original = observing.observe

        def observe(*given: object, **named: object) -> Iterator[observing.Look]:
            yield next(original(*given, **{**named, "wait": lambda _: True}))  # type: ignore[arg-type]
            happening()

        monkeypatch.setattr(observing, "observe", observe)

    return prepare


def raising(error: BaseException) -> Happening:
    """Something that goes wrong."""

    def happen() -> None:
        raise error

    return happen


class TestTheDesign:
    def test_learns_where_there_is_none_yet(self, shop: Path) -> None:
        result = call("observe", shop, "--for", "0.1s")
        assert result.code == 0, result.err
        assert "web → db: 5432/tcp, once" in result.out
        assert "The design in" in result.err
        found = file.read(shop / file.NAME)
        assert found.observed.of("web", "db") is not None
        assert {"web", "db"} == set(found.tiers)

    def test_keeps_its_own_words(self, shop: Path) -> None:
        (shop / file.NAME).write_text("# ours\nversion: 1\nkeeps: []  # none yet\n")
        assert call("observe", shop, "--for", "0.1s").code == 0
        text = (shop / file.NAME).read_text()
        assert text.startswith("# ours\nversion: 1\nkeeps: []  # none yet\n")
        assert [(one.source, one.target) for one in file.load(text).connections] == [("web", "db")]

    def test_is_taken_as_it_is_in_the_end(self, shop: Path, after: Callable[[Happening], None]) -> None:
        (shop / file.NAME).write_text("version: 1\n")
        after(lambda: (shop / file.NAME).write_text("version: 1\nconsents: [networks]\n"))
        assert call("observe", shop).code == 0
        assert file.read(shop / file.NAME).consents == ("networks",)

    def test_may_be_another_one_or_none(self, shop: Path) -> None:
        assert call("observe", shop, "--for", "0.1s", "--no-save").code == 0
        assert not (shop / file.NAME).exists()
        assert call("observe", shop, "--for", "0.1s", "-o", shop / "other.yaml").code == 0
        assert file.read(shop / "other.yaml").observed.sightings
        assert not (shop / file.NAME).exists()

    def test_that_cannot_be_read_is_told_before_anything_is_watched(self, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (shop / file.NAME).write_text("version: 1\nnonsense: 1\n")
        monkeypatch.setattr(observing, "observe", lambda *_, **__: pytest.fail("nothing may be watched"))
        result = call("observe", shop)
        assert (result.code, result.out) == (2, "")
        assert "'nonsense' is not a section" in result.err


class TestAnEarlyEnd:
    @pytest.mark.parametrize(("end", "code"), [(KeyboardInterrupt(), 0), (streams.KilledError(), 143), (EngineError("the engine has left."), 2)])
    def test_keeps_what_was_seen(self, shop: Path, after: Callable[[Happening], None], end: BaseException, code: int) -> None:
        after(raising(end))
        result = call("observe", shop, "--format", "json")
        assert (result.code, result.json["complete"]) == (code, False)
        assert [(one["from"], one["to"]) for one in result.json["connections"]] == [("web", "db")]
        assert file.read(shop / file.NAME).observed.sightings
        assert ("the engine has left." in result.err) == (code == 2)

    def test_before_anything_was_seen_writes_nothing(self, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(FakeEngine, "glance", lambda _: raising(EngineError("the engine has left."))())
        result = call("observe", shop)
        assert (result.code, result.out) == (2, "")
        assert "the engine has left." in result.err
        assert not (shop / file.NAME).exists()


class TestWhatIsAskedFor:
    @pytest.mark.parametrize("time", ["0", "soon", "-1s", "10y", "1e9d", "400d"])
    def test_has_to_be_a_time(self, shop: Path, time: str) -> None:
        result = call("observe", shop, f"--for={time}")
        assert result.code == 2
        assert "is not a time such as 90s, 10m, 2h or 1d" in result.err

    def test_takes_an_image_where_it_is_not_root_on_the_engines_host(self, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        engine = FakeEngine([runs("web", 10)], keeps=Shelf({}))

        @contextmanager
        def connected(*_: object) -> Iterator[FakeEngine]:
            yield engine

        monkeypatch.setattr(docker_sdk, "connected", connected)
        monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
        result = call("observe", shop, "--probe-image", "tools:1")
        assert (result.code, result.out) == (2, "")
        assert "the image tools:1 for the probe containers is not on the engine." in result.err
        assert "or run it as root on the engine's host" in result.err


class TestOnATerminal:
    def test_counts_in_one_line_that_is_wiped_away(self, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        class Terminal(io.StringIO):
            """Standard error that is a terminal."""

            def isatty(self) -> bool:
                return True

        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal)
        assert main(["observe", str(shop), "--for", "0.1s", "--no-save"]) == 0
        told = terminal.getvalue()
        assert "00:00  web → db: 5432/tcp, once\n" in told
        assert "\r00:00  1 pair, 1 connection, 2 services; 00:00 left\x1b[K" in told
        assert told.endswith("\r\x1b[K")
