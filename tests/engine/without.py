"""What becomes of an engine test where there is no engine."""

from __future__ import annotations

import os
from typing import Final, NoReturn

import pytest

REQUIRED: Final = "BATTEN_ENGINE_REQUIRED"


def go_without(reason: str) -> NoReturn:
    """Skip, or fail where an engine is required."""
    message = f"no private Docker engine: {reason}"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(message)
    pytest.skip(message)
