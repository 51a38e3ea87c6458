"""What is known of each key of the compose language: its canonical form, how it merges, whether it holds paths, its fate in a stack file."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from batten.compose.forms import form_named
from batten.compose.language import PROJECT, SERVICE
from batten.compose.primitives import Form


class Key(NamedTuple):
    """One row of the tables in ``language``."""

    form: str = ""
    """Name of the canonicaliser in ``forms`` (empty: kept as it is); in the table ``?`` behind it allows an empty key."""
    merge: str = ""
    """``replace``, ``unique:FIELD`` for lists whose items have an identity, or empty for the default of its type
    (mappings merge key by key, lists are joined, scalars are replaced)."""
    path: str = ""
    """``path`` where the text is a path relative to the project directory; ``context`` where it may be a URL too."""
    stack: str = ""
    """What ``docker stack deploy`` does with it: ``supported``, ``client_side``, ``ignored``, ``silently_ignored``, ``forbidden`` or ``schema_error``."""


class Spec:
    """A node of the table: what is known of a key, and of the keys below it."""

    __slots__ = ("children", "closed", "form", "identity", "key", "located", "nullable")

    def __init__(self, key: Key = Key()) -> None:  # noqa: B008 — it is immutable
        self.key = key
        self.children: dict[str, Spec] = {}
        self.form: Form | None = None
        self.identity = ""
        """For lists whose items have an identity, its name in ``merging``."""
        self.closed = False
        """Whether only the keys of ``children`` may stand here."""
        self.nullable = False
        """Whether the key may be empty."""
        self.located = False
        """Whether paths below here are resolved when the value here is complete."""

    def child(self, name: str) -> Spec:
        """The entry for ``name`` below this one; the empty entry where nothing is known."""
        children = self.children
        if not children:
            return NOTHING
        return children.get(name) or children.get("*") or NOTHING

    def knows(self, name: str) -> bool:
        """Whether ``name`` is a key that may stand here (extension fields may stand anywhere)."""
        return name in self.children or "*" in self.children or name.startswith("x-")


NOTHING = Spec()
_LEVEL = {"services": 3}
"""At which level of the tree paths are resolved: at a service's key, and at a top-level resource."""


def _rows(table: str, prefix: str) -> Iterator[tuple[str, list[str]]]:
    """Pattern and cells of each row; ``{a,b}`` in a pattern stands for a row each."""
    for row in table.strip().splitlines():
        pattern, *cells = (cell.strip() for cell in row.split("|"))
        if "{" not in pattern:
            yield prefix + pattern, cells
            continue
        parts = [part.split(",") if index % 2 else [part] for index, part in enumerate(re.split(r"[{}]", prefix + pattern))]
        for choice in itertools.product(*parts):
            yield "".join(choice), cells


def _compile() -> Spec:
    root = Spec()
    for pattern, cells in (*_rows(PROJECT, ""), *_rows(SERVICE, "services.*.")):
        here, steps, key = root, pattern.split("."), Key(*cells)
        for depth, step in enumerate(steps, 1):
            here = here.children.setdefault(step, Spec())
            here.located |= depth == _LEVEL.get(steps[0], 2) and (key.path != "" or key.form in ("volumes", "volume"))
        here.nullable = key.form.endswith("?") or key.form in ("resource", "volume")
        here.key = key._replace(form=key.form.removesuffix("?"))
        here.form = form_named(here.key.form)
        here.identity = key.merge if key.merge.startswith("unique:") else ""
    service = root.children["services"].children["*"]
    before = service.children["pre_start"].children["*"]  # a container of its own, which runs before the service's
    before.children.update(service.children)
    _close(root)
    root.closed = True
    return root


def _close(spec: Spec) -> None:
    for child in spec.children.values():
        if not child.closed:
            child.closed = bool(child.children) and "*" not in child.children
            _close(child)


ROOT = _compile()


def spec_at(*path: str | int) -> Spec:
    """The entry of the table for a path of the resolved tree; indices of lists count as ``*``."""
    here = ROOT
    for step in path:
        here = here.child(step if isinstance(step, str) else "*")
    return here
