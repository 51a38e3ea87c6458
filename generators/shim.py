"""The script that starts services with what it reads from files; it lies beside ``secrets/`` and holds nothing secret."""

from __future__ import annotations

from collections.abc import Iterator

import assets
from batten.hardening import Hardening
from batten.model import GeneratedFile
from batten.plan.shims import FILE


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """The script, where a service is started by it."""
    ours = str(hardening.home / FILE)
    if any(config.file == ours for config in hardening.after.configs.values()):
        content = assets.path(f"templates/{FILE}").read_bytes()
        yield GeneratedFile(FILE, content, 0o755, purpose="starts programs with the secrets that they need in their environment")
