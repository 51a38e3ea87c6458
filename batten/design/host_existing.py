"""The ``daemon.json`` that a host has now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from batten.errors import InputError
from batten.model import Span


@dataclass(frozen=True, slots=True)
class Existing:
    """What it says; its values may be secret and are not shown."""

    entries: Mapping[str, Any] = field(default_factory=dict, repr=False)
    digest: str = ""
    """SHA-256 of the file, so that another one is not replaced by mistake; empty where there is none."""


def read_existing(content: bytes, file: str) -> Existing:
    """The file that is there now; raises InputError with the place for what dockerd would not take either."""
    try:
        entries = json.loads(content.decode(), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        span = Span(file, error.pos, error.pos, error.lineno, error.colno)
        raise InputError(f"this is not JSON: {error.msg}.", hint="dockerd would not take it either.", span=span) from None
    except (ValueError, RecursionError) as error:
        reason = (
            "it is nested too deeply" if isinstance(error, RecursionError) else str(error) if not isinstance(error, UnicodeDecodeError) else "it is not UTF-8"
        )
        raise InputError(f"this is not a daemon.json: {reason}.", file=file) from None
    if not isinstance(entries, dict):
        raise InputError("a daemon.json must be one object.", file=file)
    return Existing(entries, hashlib.sha256(content).hexdigest())


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
