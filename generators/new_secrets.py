"""Values for the secrets of a project that begins with its design: random ones, made once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from batten.hardening import Hardening
from batten.model import GeneratedFile

BYTES = 24
"""192 bits, 32 characters that need no quoting anywhere."""


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """One file for each secret that the design names and that has no file yet; without a newline behind the value."""
    if not hardening.before.request.fresh:
        return
    names = dict.fromkeys(secret for one in hardening.design.services.values() for secret in one.secrets.values())
    for name in names:
        path = f"secrets/{name}"
        if not (hardening.home / path).exists():
            yield GeneratedFile(path, secrets.token_urlsafe(BYTES).encode(), 0o444, sensitive=True, purpose=f"a random value for the secret {name}")
