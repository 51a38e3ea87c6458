"""Words that say something in the names of services, variables and files; they lie in assets/words.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

import assets


@cache
def vocabulary(name: str) -> frozenset[str]:
    """The words of one list."""
    return frozenset(assets.load_yaml("words.yaml")[name].split())


def says(name: str, words: Iterable[str]) -> bool:
    """Whether one of the words is in the list called ``name``."""
    return not vocabulary(name).isdisjoint(words)


def split(name: str) -> list[str]:
    """The words of a service's or variable's name in lower case: ``user-db``, ``userDb`` and ``USER_DB`` are ``user`` and ``db``."""
    return list(_words(name))


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    parted = name if name.islower() or name.isupper() else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name)
    return tuple([word for word in re.split(r"[^a-z0-9]+", parted.lower()) if word])
