"""Fresh text for a project that has none to splice into: a design from nothing, a stack, what runs on an engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batten.compose.splicing import block, key_text

_ORDER = ("version", "name", "services", "networks", "volumes", "secrets", "configs")
_UNSAID = ("x-batten-env-files",)
"""Keys of the resolved tree that are our own notes."""


def emit(model: Mapping[str, Any], comments: Mapping[tuple[str, str], str] | None = None) -> str:
    """A resolved project as the text of a compose file that means the same.

    Args:
        model: plain data in canonical form, as the resolved tree has it; texts are taken literally (a ``$`` is doubled), but for a ``Reference``.
        comments: what to say above an entry, by section and name: ``("services", "db")``.
    """
    said = comments or {}
    keys = [*(key for key in _ORDER if key in model), *(key for key in model if key not in _ORDER)]
    return "\n\n".join("\n".join(_section(key, model[key], said)) for key in keys) + "\n"


def _section(key: str, value: Any, comments: Mapping[tuple[str, str], str]) -> Iterator[str]:
    if not isinstance(value, Mapping) or not value or key not in _ORDER:
        yield from block({key: value}, 0)
        return
    yield f"{key_text(key)}:"
    for number, (name, entry) in enumerate(value.items()):
        if number and key == "services":
            yield ""
        for line in comments.get((key, name), "").splitlines():
            yield f"  # {line}"
        yield from block({name: _told(entry)}, 2)


def _told(entry: Any) -> Any:
    """An entry without what says nothing: commands that the image gives, notes of our own."""
    if not isinstance(entry, Mapping):
        return entry
    return {key: value for key, value in entry.items() if key not in _UNSAID and not (value is None and key in ("command", "entrypoint"))}
