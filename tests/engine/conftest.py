"""One private engine for all engine tests; without one they are skipped with the reason, or fail where one is required."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests.engine.dockerd import Engine, obstacle
from tests.engine.hosting import Machine
from tests.engine.ways import remote as remote
from tests.engine.ways import ssh as ssh
from tests.engine.without import go_without as go_without

_TABLES: Final = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A dockerd of our own in network namespaces of our own."""
    if reason := obstacle():
        go_without(reason)
    try:
        running = Engine()
    except RuntimeError as error:
        go_without(str(error))
    yield running
    running.close()


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A host whose dockerd is not running yet."""
    try:
        made = Machine()
    except RuntimeError as error:
        go_without(str(error))
    yield made
    made.close()


@pytest.fixture(scope="session")
def show_table(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Puts a table at the end of the test run's output, where everyone sees it."""
    tables = request.config.stash.setdefault(_TABLES, [])
    return tables.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the engine tests measured."""
    for table in terminalreporter.config.stash.get(_TABLES, []):
        terminalreporter.section("measured on a Docker engine")
        terminalreporter.write_line(table)
