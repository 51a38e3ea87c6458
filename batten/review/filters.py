"""Whether a seccomp profile is one that the engine takes, and whether it filters anything.

What is asked of it stands in moby (profiles/seccomp/seccomp.go and seccomp_linux.go), the names of actions, architectures and
operators in the runtime specification (config-linux.md). Keys that nobody knows are passed over, and keys may be written in any
case, as Go reads JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

_ARCHITECTURE = re.compile(r"SCMP_ARCH_[A-Z0-9_]+")
_ACTIONS = frozenset(f"SCMP_ACT_{name}" for name in ("KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP", "ERRNO", "TRACE", "ALLOW", "LOG"))
"""SCMP_ACT_NOTIFY is not among them: it needs a listener, which the engine does not start."""
_LETS_THROUGH = frozenset({"SCMP_ACT_ALLOW", "SCMP_ACT_LOG"})
_OPERATORS = frozenset(f"SCMP_CMP_{name}" for name in ("NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"))
_KERNEL = re.compile(r"\d{1,3}\.\d{1,3}")
_Entry: TypeAlias = Mapping[str, Any]


def complaint(text: str) -> str:
    """Why the engine would refuse a profile, as a phrase; empty where it takes it."""
    try:
        profile = json.loads(text)
    except ValueError as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        return f"it is not JSON{where}"
    except RecursionError:
        return "it is nested too deeply"
    return next(_of_profile(profile), "")


def filters_nothing(text: str) -> bool:
    """Whether a profile that the engine takes lets every call through."""
    profile = _folded(json.loads(text))
    calls = [_folded(one) for one in profile.get("syscalls") or ()]
    default = profile.get("defaultaction", "")
    return (not default and not calls) or (default in _LETS_THROUGH and all(call.get("action") in _LETS_THROUGH for call in calls))


def _folded(entry: Any) -> _Entry:
    return {str(key).lower(): value for key, value in entry.items()} if isinstance(entry, dict) else {}


def _of_profile(profile: Any) -> Iterator[str]:
    if not isinstance(profile, dict | None):
        yield "it is not a JSON object"
        return
    entry = _folded(profile)
    calls, default = _given(entry, "syscalls"), entry.get("defaultaction", "")
    if (default or calls) and default not in _ACTIONS:
        yield f"its defaultAction is not one of SCMP_ACT_ALLOW, SCMP_ACT_ERRNO and their like: {default!r:.60}"
    if entry.get("architectures") and entry.get("archmap"):
        yield "it has both architectures and archMap"
    yield from _of_architectures(entry)
    if not _is_list(calls):
        yield "its syscalls are not a list of objects"
        return
    for number, call in enumerate(calls, 1):
        yield from _of_call(_folded(call), f"rule {number}")


def _of_architectures(entry: _Entry) -> Iterator[str]:
    if not _is_list(_given(entry, "archmap")):
        yield "its archMap is not a list of objects"
        return
    mapped = [_folded(one) for one in _given(entry, "archmap")]
    lists = [_given(entry, "architectures"), [one.get("architecture", "") for one in mapped], *(_given(one, "subarchitectures") for one in mapped)]
    if not all(isinstance(one, list) and all(isinstance(name, str) and _ARCHITECTURE.fullmatch(name) for name in one) for one in lists):
        yield "its architectures are not a list of names such as SCMP_ARCH_X86_64"


def _of_call(call: _Entry, which: str) -> Iterator[str]:
    if call.get("name") and call.get("names"):
        yield f"{which} has both name and names"
    if not isinstance(call.get("name", ""), str):
        yield f"the name of {which} is not a text"
    if not isinstance(call.get("comment") or "", str) or type(call.get("errnoret") or 0) is not int:
        yield f"the comment of {which} is not a text, or its errnoRet is not a number"
    yield from _texts(call, "names", which)
    if call.get("action") not in _ACTIONS:
        yield f"the action of {which} is not one of SCMP_ACT_ALLOW, SCMP_ACT_ERRNO and their like: {call.get('action')!r:.60}"
    if not _is_list(_given(call, "args")):
        yield f"the args of {which} are not a list of objects"
        return
    for argument in _given(call, "args"):
        yield from _of_argument(_folded(argument), which)
    for key in ("includes", "excludes"):
        yield from _of_condition(call.get(key), f"{key} of {which}")


def _of_argument(argument: _Entry, which: str) -> Iterator[str]:
    numbers = [argument.get(key, 0) for key in ("index", "value", "valuetwo")]
    if any(type(number) is not int or number < 0 for number in numbers):
        yield f"an argument of {which} has an index or value that is not a whole number"
    if argument.get("op") not in _OPERATORS:
        yield f"an argument of {which} has an op that is not one of SCMP_CMP_EQ and its like"


def _of_condition(condition: Any, which: str) -> Iterator[str]:
    if condition is None:
        return
    if not isinstance(condition, dict):
        yield f"the {which} are not an object"
    entry = _folded(condition)
    yield from _texts(entry, "caps", which)
    yield from _texts(entry, "arches", which)
    kernel = entry.get("minkernel") or ""
    if kernel and not (isinstance(kernel, str) and _KERNEL.fullmatch(kernel) and kernel.strip("0.")):
        yield f"the minKernel in the {which} is not a version such as 4.8"


def _given(entry: _Entry, key: str) -> Any:
    """What stands under a key; an empty list where it is missing or null."""
    value = entry.get(key)
    return [] if value is None else value


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _texts(entry: _Entry, key: str, which: str) -> Iterator[str]:
    value = _given(entry, key)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        yield f"the {key} of {which} are not a list of texts"
