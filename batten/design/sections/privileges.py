"""Privileges: what a service's processes may do less than Docker lets them by default."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from batten.compose.scalars import size
from batten.design.sections.reading import flag, mapping, only, text, texts, wrong
from batten.knowledge.capabilities import normalised
from batten.model import Value

NET_RAW, ALL = "NET_RAW", "ALL"
COMPLAIN, ENFORCE = "complain", "enforce"
"""How an AppArmor profile is loaded: it only tells the log, or it forbids."""
_MEMORY = re.compile(r"[1-9]\d{0,11}[bkmg]?", re.IGNORECASE)


class Privilege(NamedTuple):
    """What is taken from one service."""

    drop: tuple[str, ...] = ()
    """Capabilities to drop, without ``CAP_``; ``ALL`` for every one."""
    no_new_privileges: bool = False
    """Whether its processes may gain nothing by a set-user-ID program."""
    known: bool = False
    """Whether the image is known to work so; else it is likely, and to be checked."""
    reason: str = ""
    add: tuple[str, ...] = ()
    """Capabilities to give back because the image needs them."""
    remove: tuple[str, ...] = ()
    """Capabilities that somebody added and that are taken away again."""
    read_only: bool = False
    """Whether its own file system is to be read-only."""
    tmpfs: tuple[str, ...] = ()
    """Folders that it may write to nevertheless and that are gone with the container: ``/run:size=16m``."""
    user: str = ""
    """The user that it is started as; empty for the image's own choice."""
    pids: int = 0
    """How many processes and threads it may have; 0 for no limit."""
    memory: str = ""
    """How much memory it may take, e.g. ``512m``; empty for no limit."""
    default_seccomp: bool = False
    """Whether ``seccomp=unconfined`` gives way to the engine's own filter."""
    apparmor: str = ""
    """``complain`` or ``enforce`` for an AppArmor profile of its own; empty for the engine's."""


_ALWAYS = ("drop", "no_new_privileges", "known", "reason")


def dump(privileges: Mapping[str, Privilege]) -> dict[str, dict[str, Any]]:
    """One entry a service; what is not asked for is left out, but for the first four."""
    return {name: {key: _plain(value) for key, value in one._asdict().items() if value or key in _ALWAYS} for name, one in privileges.items()}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def load(value: Value) -> Mapping[str, Privilege]:
    """Read back what ``dump`` wrote; raises DesignError for what Docker would not take."""
    return {name: _load(name, item) for name, item in mapping(value, "privileges").items()}


def _load(name: str, item: Value) -> Privilege:
    entry = dict(only(item, set(Privilege._fields), f"privileges.{name}"))

    def capabilities(key: str) -> tuple[str, ...]:
        return tuple(map(normalised, texts(entry.get(key), key)))

    return Privilege(
        drop=capabilities("drop"),
        no_new_privileges=flag(entry.get("no_new_privileges"), "no_new_privileges", False),
        known=flag(entry.get("known"), "known", False),
        reason=text(entry.get("reason"), "reason", ""),
        add=capabilities("add"),
        remove=capabilities("remove"),
        read_only=flag(entry.get("read_only"), "read_only", False),
        tmpfs=_folders(entry.get("tmpfs")),
        user=text(entry.get("user"), "user", ""),
        pids=_count(entry.get("pids")),
        memory=_checked(entry.get("memory"), "memory", is_memory, "a size such as 512m or 2g"),
        default_seccomp=flag(entry.get("default_seccomp"), "default_seccomp", False),
        apparmor=_checked(entry.get("apparmor"), "apparmor", (COMPLAIN, ENFORCE).__contains__, f"'{COMPLAIN}' or '{ENFORCE}'"),
    )


def _checked(value: Value | None, key: str, fits: Callable[[str], bool], form: str) -> str:
    said = text(value, key, "")
    if said and value is not None and not fits(said):
        raise wrong(value, f"{key} must be {form}.")
    return said


def is_memory(text: str) -> bool:
    """Whether a text is a limit of memory that Docker takes; its least is 6 MB (moby, daemon/daemon_unix.go, from 20.10 on)."""
    found = size(text) if _MEMORY.fullmatch(text) else None
    return found is not None and found >= 6 << 20


def _folders(value: Value | None) -> tuple[str, ...]:
    found = texts(value, "tmpfs")
    if value is not None and any(not one.startswith("/") for one in found):
        raise wrong(value, "tmpfs must be a list of absolute folders, with options behind a colon: /run:size=16m.")
    return found


def _count(value: Value | None) -> int:
    if value is None or value.data is None:
        return 0
    if type(value.data) is not int or value.data < 0:
        raise wrong(value, "pids must be a whole number that is not negative.")
    return value.data
