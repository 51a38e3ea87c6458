"""What a line of a log complains of."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import assets
from batten.engine.blaming_networks import NETWORK_KINDS
from batten.knowledge.complaints import LONGEST, complaint

LINES = yaml.safe_load((Path(__file__).parent.parent / "fixtures" / "complaints.yaml").read_text())


def cases() -> Iterator[Any]:
    """Every line of every program, with what it should be."""
    for program, entries in LINES.items():
        yield from (pytest.param(entry, id=f"{program}-{number}") for number, entry in enumerate(entries))


class TestLinesOfRealPrograms:
    @pytest.mark.parametrize("entry", list(cases()))
    def test_are_understood(self, entry: dict[str, str]) -> None:
        found = complaint(entry["line"])
        named = found._asdict() if found is not None else {"kind": "none"}
        assert {key: named.get(key, "") for key in entry if key != "line"} == {key: value for key, value in entry.items() if key != "line"}

    def test_are_of_every_kind(self) -> None:
        kinds = {kind["kind"] for kind in assets.load_yaml("complaints.yaml")["kinds"]}
        assert {entry["kind"] for entries in LINES.values() for entry in entries} - {"none"} == kinds
        assert kinds > NETWORK_KINDS


class TestOtherLines:
    def test_of_any_length_cost_little(self) -> None:
        assert complaint("permission denied " * LONGEST) is not None
        assert complaint("x" * 10 * LONGEST + "permission denied") is None
        assert complaint(":" * 10 * LONGEST + " refused") is None

    def test_hold_no_complaint(self) -> None:
        assert complaint("") is None
        assert complaint('172.18.0.1 - - [22/Nov/2026:03:00:00 +0000] "GET /permission/denied HTTP/1.1" 200 5') is None


MARKS = [mark for kind in assets.load_yaml("complaints.yaml")["kinds"] for row in kind["rows"] for mark in row["marks"]]
PIECES = st.sampled_from([*MARKS, "lookup ", "exec: ", "bind ", "a:1 ", "/a", "a.", '"', "'", ": "]) | st.text(max_size=20)


class TestAnyLine:
    @given(st.lists(PIECES, max_size=200).map("".join))
    def test_is_read_without_an_error(self, line: str) -> None:
        found = complaint(line)
        assert found is None or (found.says and len(found.path) <= LONGEST)

    @pytest.mark.parametrize("piece", ["a", "a.", "a:1 ", "exec: ", "fork ", "lookup a", "bind ", 'connection to server at "a', "/a", "docker.sock"])
    def test_takes_no_time_that_grows_with_its_square(self, piece: str) -> None:
        """Somebody may print lines that are made to keep us busy."""
        lines = [(piece * LONGEST)[: LONGEST - 40] + f" {mark}" for mark in MARKS]
        before = time.process_time()
        for line in lines:
            complaint(line)
        assert (time.process_time() - before) / len(lines) < 0.05
