"""The data that ships with batten, and the one way to load it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


def path(name: str) -> Path:
    """The place of a shipped file or folder, e.g. ``path("demo/shop")``."""
    return Path(__file__).parent / name


@cache
def load_yaml(name: str) -> Any:
    """The content of a shipped YAML file. It is read once and shared by all callers, so nobody may change it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with path(name).open("rb") as stream:
        return yaml.load(stream, Loader=loader)
