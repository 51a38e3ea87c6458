"""Probe containers that nobody waits for any more: whose run was killed before it could remove them."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from batten.engine.keeping import OWNER, Keeper, Kept
from batten.engine.protocol import RefusedError
from batten.errors import EngineError

_THREADS = 8
_ROUNDS, _BETWEEN = 20, 0.25
"""How often it is looked again whether all are gone, and the seconds between: an engine may be removing one by itself."""
_FOREIGN = 3600.0
"""Seconds after which a container of another machine's run is nobody's; it has ended by itself long before."""
_LIVE = frozenset({"running", "created"})


def owner() -> str:
    """This process, so that another run on this machine can tell whether it still lives: the machine's start, the pid's namespace, the pid and its start."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return f"{platform.node()}//{os.getpid()}/"
    return f"{boot}/{space}/{os.getpid()}/{_started(os.getpid())}"


def _started(pid: int) -> str:
    """When a process was started, in the kernel's ticks (proc(5), the 22nd field of stat); empty where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return ""


def is_leftover(one: Kept) -> bool:
    """Whether its run is over. Of a run on another machine that is known only once its container has ended, or was made long ago."""
    here, there = owner().split("/"), one.labels.get(OWNER, "").split("/")
    if len(there) == len(here) and there[:2] == here[:2] and here[1] and there[2].isdigit():
        return _started(int(there[2])) != there[3]
    return one.state not in _LIVE or time.time() - one.created > _FOREIGN


def remove(keeper: Keeper, which: Callable[[Kept], bool]) -> None:
    """Remove probe containers until there are none; raises EngineError where the engine does not let go of them."""
    for _ in range(_ROUNDS):
        there = [one for one in keeper.kept() if which(one)]
        if not there:
            return
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(lambda one: _remove(keeper, one), there))
        time.sleep(_BETWEEN)
    raise EngineError("the engine does not remove the probe containers.")


def _remove(keeper: Keeper, one: Kept) -> None:
    with suppress(RefusedError):  # it is being removed already; the next look tells
        keeper.remove(one.id)
