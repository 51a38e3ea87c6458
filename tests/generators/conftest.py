"""What tests of several generators are given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.bench import Space


@pytest.fixture
def space() -> Iterator[Space]:
    """A network namespace of our own."""
    try:
        made = Space()
    except RuntimeError as error:
        pytest.skip(str(error))
    yield made
    made.close()
