"""What batten resolves against what Docker Compose itself says: little projects of our own, and a corpus where there is one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from batten.errors import InputError
from bench import reference
from bench.conformance import differences, main, ours
from bench.conformance import reference as expected

CORPUS = Path(__file__).parents[1] / "fixtures" / "compose"
RECORDS: list[dict[str, Any]] = json.loads((CORPUS / "manifest.json").read_text())
PROGRAM = reference.program()


def records(accepted: bool) -> list[Any]:
    return [pytest.param(record, id=record["slug"]) for record in RECORDS if record["accepted"] is accepted]


class TestLittleProjects:
    @pytest.mark.parametrize("record", records(accepted=True))
    def test_resolve_as_the_reference_resolves_them(self, record: dict[str, Any]) -> None:
        assert list(differences(expected(CORPUS, record["slug"]), ours(CORPUS, record))) == []

    @pytest.mark.parametrize("record", records(accepted=False))
    def test_that_the_reference_refuses_are_refused_with_a_place(self, record: dict[str, Any]) -> None:
        with pytest.raises(InputError) as caught:
            ours(CORPUS, record)
        assert caught.value.span is not None

    def test_are_many(self) -> None:
        assert len(records(accepted=True)) >= 25
        assert len(records(accepted=False)) >= 15


@pytest.mark.skipif(PROGRAM is None, reason="no docker-compose here")
class TestTheReference:
    @pytest.mark.parametrize("record", [pytest.param(record, id=record["slug"]) for record in RECORDS])
    def test_still_says_what_is_written_down(self, record: dict[str, Any]) -> None:
        assert PROGRAM is not None
        root = CORPUS / "projects" / record["slug"]
        model, error = reference.ask_record(PROGRAM, record, root)
        assert (model is not None) == record["accepted"], error
        if model is not None:
            stored = (CORPUS / "reference" / f"{record['slug']}.json").read_text()
            assert model == json.loads(stored.replace("{root}", str(root)).replace("{home}", os.path.expanduser("~")))


class TestTheRun:
    def test_prints_the_score_of_a_folder(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([str(CORPUS)]) == 0
        assert f"{len(records(accepted=True))} of {len(records(accepted=True))} accepted projects equal" in capsys.readouterr().out

    def test_tells_a_difference_from_its_place(self) -> None:
        assert list(differences({"a": {"b": 1}, "c": 2}, {"a": {"b": 3}, "c": 2})) == [(".a.b", 1, 3)]
        assert list(differences({"a": 1}, {})) == [(".a", 1, "(nothing)")]

    @pytest.mark.skipif("BATTEN_CORPUS" not in os.environ, reason="BATTEN_CORPUS names no corpus")
    def test_of_a_large_corpus_agrees_on_nearly_all_of_it(self) -> None:
        corpus = Path(os.environ["BATTEN_CORPUS"]).resolve()
        records = json.loads((corpus / "manifest.json").read_text())
        accepted = [record for record in records if record["accepted"]]
        equal = sum(_agrees(corpus, record) for record in accepted)
        assert equal / len(accepted) >= 0.995


def _agrees(corpus: Path, record: dict[str, Any]) -> bool:
    return not list(differences(expected(corpus, record["slug"]), ours(corpus, record)))
