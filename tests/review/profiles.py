"""Seccomp profiles, and whether an engine takes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

ALLOW, ERRNO = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"


def _rule(**more: Any) -> dict[str, Any]:
    """A profile that lets all through but one call, with more said of that."""
    return {"defaultAction": ALLOW, "syscalls": [{"names": ["mkdir"], "action": ERRNO, **more}]}


def _argument(**more: Any) -> dict[str, Any]:
    return _rule(args=[{"index": 0, "value": 1, "op": "SCMP_CMP_EQ", **more}])


def _archs(**more: Any) -> dict[str, Any]:
    return {**_rule(), "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"], **more}]}


_TAKEN: Final[Mapping[str, Any]] = {
    "nothing": {}, "null": None, "all": {"defaultAction": ALLOW}, "one call": _rule(), "old name": _rule(names=None, name="mkdir"), "no names": _rule(names=[]),
    "no such call": _rule(names=["flying"]), "no calls": {"defaultAction": ALLOW, "syscalls": None},
    "architectures": {**_rule(), "architectures": ["SCMP_ARCH_X86_64"]},
    "archMap": _archs(), "argument": _argument(), "condition": _rule(includes={"caps": ["CAP_SYS_ADMIN"], "arches": ["amd64"], "minKernel": "4.8"}),
    "any case": {"DefaultAction": ALLOW, "SYSCALLS": [{"Names": ["mkdir"], "Action": ERRNO}]}, "unknown key": {**_rule(), "wings": 2},
    "errnoRet": _rule(errnoRet=38),
    "log": _rule(action="SCMP_ACT_LOG"), "kill": _rule(action="SCMP_ACT_KILL_PROCESS"), "same action": _rule(action=ALLOW),
}  # fmt: skip
_REFUSED: Final[Mapping[str, Any]] = {
    "list": [], "text": "x", "no default": {"syscalls": [{"names": ["read"], "action": ALLOW}]}, "default": {"defaultAction": "ALLOW"},
    "name and names": _rule(name="rmdir"), "names text": _rule(names="mkdir"), "names numbers": _rule(names=[1]), "name number": _rule(names=None, name=1),
    "action": _rule(action="ERRNO"), "no action": _rule(action=None), "calls object": {"defaultAction": ALLOW, "syscalls": {}},
    "calls texts": {"defaultAction": ALLOW, "syscalls": ["mkdir"]}, "both architectures": {**_archs(), "architectures": ["SCMP_ARCH_X86_64"]},
    "architecture": {**_rule(), "architectures": ["x86"]}, "architectures text": {**_rule(), "architectures": "SCMP_ARCH_X86_64"},
    "archMap text": {**_rule(), "archMap": "x"}, "archMap texts": {**_rule(), "archMap": ["x"]}, "sub text": _archs(subArchitectures="x"),
    "operator": _argument(op="EQ"), "index text": _argument(index="0"), "index negative": _argument(index=-1), "args object": _rule(args={}),
    "condition list": _rule(includes=[]), "caps text": _rule(excludes={"caps": "X"}), "kernel number": _rule(includes={"minKernel": 4.8}),
    "kernel of three": _rule(includes={"minKernel": "4.8.1"}), "kernel zero": _rule(includes={"minKernel": "0.0"}), "errnoRet text": _rule(errnoRet="38"),
    "comment number": _rule(comment=1), "notify": _rule(action="SCMP_ACT_NOTIFY"),
}  # fmt: skip
TAKEN: Final[Mapping[str, str]] = {name: json.dumps(profile) for name, profile in _TAKEN.items()}
REFUSED: Final[Mapping[str, str]] = {
    **{name: json.dumps(profile) for name, profile in _REFUSED.items()},
    **{"no JSON": "{", "two": "{} {}", "a comment": "// x\n{}", "empty": ""},
}
