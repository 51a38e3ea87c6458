"""What the README says of rights that were taken: profiles to load, volumes to hand over, and where to look when something fails."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from batten.design.sections.privileges import COMPLAIN
from batten.hardening import Hardening
from batten.model import Change
from batten.report.terminal import plain
from generators import apparmor


def rights_facts(hardening: Hardening) -> dict[str, Any]:
    """``profiles``, ``complaining``, ``handover`` and ``rights`` for the template: what was done to whom, by kind."""
    asked = apparmor.asked(hardening)
    return {
        "profiles": bool(asked),
        "complaining": any(hardening.design.privileges[name].apparmor == COMPLAIN for name in asked),
        "handover": list(_handover(hardening)),
        "rights": {kind: _services(hardening.changes, key) for kind, key in (("capabilities", "cap_drop"), ("sealed", "read_only"), ("user", "user"))},
    }


def _services(changes: tuple[Change, ...], key: str) -> list[str]:
    """Services whose ``key`` a decision about privileges changes, for the keys that more than the light form touches."""
    found = [str(one.path[1]) for one in changes if one.decision.startswith("privileges.") and one.path[2:3] == (key,) and one.value != "NET_RAW"]
    return list(dict.fromkeys(found))


def _handover(hardening: Hardening) -> Iterator[str]:
    """A command for each volume that a service now uses as another user than root."""
    for name in _services(hardening.changes, "user"):
        service = hardening.after.services[name]
        for mount in service.mounts:
            if mount.kind == "volume" and mount.source and not mount.read_only:
                volume = f"{hardening.after.volumes.get(mount.source, mount.source)}:{mount.target}"
                words = (
                    "docker",
                    "run",
                    "--rm",
                    "--user",
                    "root",
                    "--entrypoint",
                    "chown",
                    "-v",
                    volume,
                    service.image,
                    "-R",
                    f"{service.user}:",
                    mount.target,
                )
                yield shlex.join(plain(word) for word in words)
