"""``daemon.json`` with hardened settings, merged into the host's own, and the script that installs it."""

from __future__ import annotations

import json
from typing import Any

from batten.design.host import HostDesign, setting_facts
from batten.design.host_existing import Existing
from batten.model import GeneratedFile
from generators.host_merging import Merged, merged
from generators.host_rendering import PROGRAM, TEXT, rendered

PRIVATE = 0o600
"""Mode of a file that holds what the user wrote: it may have passwords of proxies and log collectors in it."""


def files(design: HostDesign, existing: Existing | None = None) -> tuple[GeneratedFile, ...]:
    """``daemon.json``, ``install-daemon.sh`` and ``daemon.md``; nothing where the design wants nothing of the daemon."""
    there = existing or Existing()
    new = merged(design, there)
    if not new.set:
        return ()
    text = json.dumps(new.entries, indent=2) + "\n"
    mode = PRIVATE if there.digest else TEXT
    return (
        GeneratedFile("daemon.json", text.encode(), mode, sensitive=mode == PRIVATE, purpose="what the daemon is to do, with all that was there before"),
        rendered(
            "install-daemon.sh",
            "install-daemon.sh.j2",
            "installs daemon.json, and takes it back",
            mode=PROGRAM,
            digest=there.digest,
            tls_files=[f"{design.tls.folder}/{name}" for name in ("ca.pem", "server-cert.pem", "server-key.pem")] if design.tls.wanted else [],
            listens="hosts" in new.entries,
        ),
        rendered("daemon.md", "daemon.md.j2", "each setting, why, and what can break", **_facts(design, new, there)),
    )


def _facts(design: HostDesign, new: Merged, existing: Existing) -> dict[str, Any]:
    known = setting_facts()
    named = {setting.key for setting in design.daemon.settings}
    return {
        "settings": [(setting, known.get(setting.key), _shown(setting.value)) for setting in new.set],
        "changed": {key: _shown(value) for key, value in new.changed.items() if key in known or key.startswith("tls")},
        "left": new.left,
        "remarks": new.remarks,
        "offered": [row for row in known.values() if row.key not in named and row.key not in existing.entries],
        "merged": bool(existing.digest),
        "listens": "hosts" in new.entries,
        "swarm": design.swarm.wanted,
        "shown": _shown,
    }


def _shown(value: Any) -> str:
    """A value in one line."""
    return json.dumps(value)
