"""Logs and states of a project's containers, read within limits."""

from __future__ import annotations

from collections.abc import Sequence

from batten.engine.protocol import Condition
from batten.engine.watching import look
from batten.errors import EngineError
from tests.live.fakes import FakeEngine, composed


class TestLooking:
    def test_reads_logs_and_states_of_one_project(self) -> None:
        engine = FakeEngine([composed("shop", "web"), composed("shop", "web", 2), composed("other", "db")], logs={"shop-web-1": ["a"], "shop-web-2": ["b"]})
        now = look("shop", engine)
        assert (now.logs, list(now.containers), now.unread) == ({"web": ["a", "b"]}, ["web"], {})
        assert repr(now) == "Seen(1 services, 2 lines)"

    def test_finds_a_project_of_which_nothing_runs_any_more(self) -> None:
        engine = FakeEngine([composed("shop", "web", state="exited", condition=Condition(exit_code=3))], logs={"shop-web-1": ["gone"]})
        assert look("shop", engine).trouble("web") == "has ended with exit code 3"

    def test_goes_on_where_a_log_cannot_be_read(self) -> None:
        engine = FakeEngine([composed("shop", "web"), composed("shop", "db")], logs={"shop-db-1": ["a"]})
        plain = engine.log

        def log(container: str, lines: int, size: int) -> Sequence[str]:
            if container == engine.runs[0].id:
                raise EngineError("the log is kept elsewhere.")
            return plain(container, lines, size)

        engine.log = log  # type: ignore[method-assign]
        now = look("shop", engine)
        assert (now.logs["db"], now.unread) == (["a"], {"web": "the log is kept elsewhere."})

    def test_does_not_take_for_ever(self) -> None:
        now = look("shop", FakeEngine([composed("shop", "web")], logs={"shop-web-1": ["a"]}), patience=-1)
        assert (now.logs, now.unread) == ({"web": []}, {"web": "reading the logs took longer than -1 seconds."})
