"""The rows of assets/images hold together."""

from __future__ import annotations

from collections import Counter

import pytest

from batten.knowledge.rows import STYLES, Row, index
from batten.model import Tier

_KEYS = frozenset(
    {"image", "files", "style", "verified", "since", "unless", "credentials", "instead", "reader", "uses", "hosts", "discovers", "runtime", "socket", "source"}
)
_TRAITS = frozenset({"passive", "online", "offline", "raw", "noraw", "nnp", "peers", "screens", "exports"})


def all_rows() -> dict[str, Row]:
    """Every row by its id."""
    known = index()
    rows = [*known.exact.values(), *(row for _, _, row in known.patterns), *(row for group in known.tagged.values() for _, row in group)]
    return {row.id: row for row in rows}


class TestEveryRow:
    def test_there_are_many(self) -> None:
        assert len(all_rows()) > 350

    @pytest.mark.parametrize("row", all_rows().values(), ids=lambda row: row.id)
    def test_is_well_formed(self, row: Row) -> None:
        assert row.names
        assert set(row.keys) <= _KEYS
        assert row.traits <= _TRAITS
        assert not row.traits >= {"online", "offline"}
        assert not row.traits >= {"raw", "noraw"}
        assert row.tier in ("", *Tier)

    @pytest.mark.parametrize("row", [row for row in all_rows().values() if "files" in row.keys], ids=lambda row: row.id)
    def test_says_where_its_file_forms_are_from(self, row: Row) -> None:
        assert row.keys["verified"] in ("yes", "partly", "no")
        assert row.keys["source"]
        assert row.keys.get("style", "suffix") in STYLES

    @pytest.mark.parametrize("row", [row for row in all_rows().values() if "uses" in row.keys], ids=lambda row: row.id)
    def test_uses_only_what_exists(self, row: Row) -> None:
        known = set(all_rows()) | {other.role for other in all_rows().values()}
        assert {word.replace("_", " ") for word in row.listed("uses")} <= known


class TestTheRowsTogether:
    def test_no_image_is_described_twice(self) -> None:
        names = Counter(name for row in all_rows().values() for name in row.names)
        assert not [name for name, count in names.items() if count > 1]

    def test_a_database_never_opens_connections_unless_it_forms_clusters(self) -> None:
        loners = [row.id for row in all_rows().values() if row.role in ("database", "cache") and not {"passive", "peers"} & row.traits]
        assert not loners
