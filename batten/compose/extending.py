"""``extends``: a service laid over the one it names, of the same file or of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from batten.compose.keys import spec_at
from batten.compose.merging import merge
from batten.compose.paths import absolute
from batten.errors import InputError
from batten.model import Span, Value

_SERVICE = spec_at("services", "*")
_ROW = 100
"""Services that may extend one another in a row."""


class Holder(NamedTuple):
    """A document that has services, the file it stands in and what its paths are relative to."""

    document: Value
    file: Path
    base: Path


class Extending:
    """Lays the services of one document over what they extend.

    Args:
        documents: reads another file; takes its path and the place that refers to it.
    """

    def __init__(self, documents: Callable[[Path, Span | None], list[Value]]) -> None:
        self.documents = documents
        self.done: dict[tuple[Path, str], tuple[Value, int]] = {}
        """Services that are complete, and how many stand below each."""

    def service(self, holder: Holder, name: str, chain: tuple[tuple[Path, str], ...] = ()) -> Value:
        """Service ``name`` with everything that it extends.

        Args:
            holder: where it stands.
            name: its name there.
            chain: the services that led here.

        Raises:
            InputError: it extends itself, too many in a row, or something that is not there.
        """
        return self._extended(holder, name, chain)[0]

    def _extended(self, holder: Holder, name: str, chain: tuple[tuple[Path, str], ...]) -> tuple[Value, int]:
        service = holder.document.data["services"].data[name]
        extends = service.get("extends")
        if extends is None or extends.data is None:
            return service, 0
        step = (holder.file, name)
        if step not in self.done:
            at = extends.origin.primary if extends.origin else None
            if step in chain:
                raise InputError(f"the service '{name}' extends itself, through others.", span=at)
            parent, below = self._extended(*self._parent(holder, extends, at), (*chain, step)) if len(chain) < _ROW else (service, _ROW)
            if below >= _ROW:
                raise InputError(f"more than {_ROW} services extend one another in a row.", span=at)
            self.done[step] = merge(_without_extends(parent), _without_extends(service), _SERVICE, "extends"), below + 1
        return self.done[step]

    def _parent(self, holder: Holder, extends: Value, at: Span | None) -> tuple[Holder, str]:
        """Where the extended service stands, and its name."""
        target, other = extends.get("service"), extends.get("file")
        if target is None or not isinstance(target.data, str):
            raise InputError("extends needs the name of a service.", span=at)
        if other is None or other.data is None:
            return holder._replace(document=_holding([holder.document], target.data, holder.file, at)), target.data
        far = Path(absolute(str(other.data), holder.base))
        return Holder(_holding(self.documents(far, at), target.data, far, at), far, far.parent), target.data


def _without_extends(service: Value) -> Value:
    return Value({key: value for key, value in service.data.items() if key != "extends"}, service.origin)


def _holding(documents: Sequence[Value], service: str, file: Path, at: Span | None) -> Value:
    """The document that holds the service that is extended."""
    for document in documents:
        found = document.get("services", service)
        if found is not None and isinstance(found.data, dict):
            return document
    raise InputError(f"it extends the service '{service}', which {file.name} does not have.", span=at)
