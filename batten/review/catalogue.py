"""Which rules there are: the modules of the ``rules`` folder, found by their files and loaded when asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from batten.review import rules
from batten.review.context import Context
from batten.review.finding import Finding, Rule


class RuleModule(Protocol):
    """What every file of the ``rules`` folder holds."""

    __doc__: str | None
    RULE: Rule

    def check(self, context: Context) -> Iterator[Finding]:
        """Find what the rule is about."""


@cache
def names() -> tuple[str, ...]:
    """The names of all rules in alphabetical order; none of them is loaded for it."""
    files = os.listdir(rules.__path__[0])  # pkgutil would import inspect for this
    return tuple(sorted(file.removesuffix(".py").replace("_", "-") for file in files if file.endswith(".py") and file != "__init__.py"))


def load(name: str) -> RuleModule:
    """The module of the rule ``name``, which must be one of ``names()``."""
    return cast("RuleModule", import_module(f"{rules.__name__}.{name.replace('-', '_')}"))


def near(name: str) -> tuple[str, ...]:
    """The rules whose names look like ``name``, the likeliest first."""
    import difflib

    return tuple(difflib.get_close_matches(name.lower().replace("_", "-"), names(), n=3, cutoff=0.7))
