"""``ROTATE-SECRETS.md``: the secrets whose values stood in files, where, and how each is changed."""

from __future__ import annotations

from collections.abc import Iterator

from batten.hardening import Hardening
from batten.model import GeneratedFile
from batten.report.secrets import to_rotate
from generators.host_rendering import text_of

NAME = "ROTATE-SECRETS.md"


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """The page, where secrets were moved; those that git keeps come first."""
    secrets = sorted(to_rotate(hardening), key=lambda one: not one.tracked)
    if secrets:
        tracked = tuple(dict.fromkeys(file for one in secrets for file in one.tracked))
        text = text_of("rotate.md.j2", secrets=secrets, tracked=tracked)
        yield GeneratedFile(NAME, text.encode(), purpose="which secrets to change, and how")
