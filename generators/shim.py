"""The script that starts services with what it reads from files; it lies beside ``secrets/`` and holds nothing secret."""

from __future__ import annotations

from collections.abc import Iterator

import assets
from batten.hardening import Hardening
from batten.model import GeneratedFile
from batten.plan import shims

NAME = shims.FILE
"""Its name in the project's folder."""


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """The script, where a service is started by it."""
    ours = str(hardening.home / NAME)
    if any(config.file == ours for config in hardening.after.configs.values()):
        content = assets.path(f"templates/{NAME}").read_bytes()
        yield GeneratedFile(NAME, content, 0o755, purpose="starts programs with the secrets that they need in their environment")
