"""Which rules there are: the modules of two folders, found by their files and loaded when asked for, and the comparison of files with what runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from batten.review import rules
from batten.review.context import Context
from batten.review.finding import Finding, Rule

DRIFT = "drift"
"""The rule that compares files with what runs."""


class Described(Protocol):
    """What every rule has, whatever it is about: a page and what is fixed about it."""

    __doc__: str | None
    RULE: Rule


class RuleModule(Described, Protocol):
    """What every file of the ``rules`` folder holds."""

    def check(self, context: Context) -> Iterator[Finding]:
        """Find what the rule is about."""


@cache
def names() -> tuple[str, ...]:
    """The names of the rules about projects in alphabetical order; none of them is loaded for it."""
    return _in(rules.__path__[0])


@cache
def host_names() -> tuple[str, ...]:
    """The names of the rules about hosts in alphabetical order."""
    from batten.review.hosts import rules as of_hosts

    return _in(of_hosts.__path__[0])


def every_name() -> tuple[str, ...]:
    """The names of all rules about projects, about hosts and about drift, in alphabetical order."""
    return tuple(sorted((*names(), *host_names(), DRIFT)))


def _in(folder: str) -> tuple[str, ...]:
    files = os.listdir(folder)  # pkgutil would import inspect for this
    return tuple(sorted(file.removesuffix(".py").replace("_", "-") for file in files if file.endswith(".py") and file != "__init__.py"))


@cache
def load(name: str) -> RuleModule:
    """The module of the rule ``name``, which must be one of ``names()``."""
    return cast("RuleModule", import_module(f"{rules.__name__}.{name.replace('-', '_')}"))


def described(name: str) -> Described:
    """The module of any rule, which must be one of ``every_name()``, for its page."""
    folder = "batten.review" if name == DRIFT else "batten.review.hosts.rules" if name in host_names() else rules.__name__
    return cast("Described", import_module(f"{folder}.{name.replace('-', '_')}"))


def near(name: str) -> tuple[str, ...]:
    """The rules whose names look like ``name``, the likeliest first."""
    import difflib

    return tuple(difflib.get_close_matches(name.lower().replace("_", "-"), every_name(), n=3, cutoff=0.7))
