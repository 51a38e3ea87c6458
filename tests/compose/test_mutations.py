"""Damaged files: never a traceback, never a long wait, never called valid when the reference refuses them.

``BATTEN_EXAMPLES=20000 pytest tests/compose/test_mutations.py`` tries that many, other ones each time.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench import reference
from bench.mutations import KINDS, WORDS, Mutation, judge, mutate

CORPUS = Path(__file__).parents[1] / "fixtures" / "compose"
RECORDS: list[dict[str, Any]] = [record for record in json.loads((CORPUS / "manifest.json").read_text()) if record["accepted"] and record["ref_files"]]
TEXTS = {record["slug"]: (CORPUS / "projects" / record["slug"] / record["ref_files"][-1]).read_text(encoding="utf-8-sig") for record in RECORDS}
EXAMPLES = int(os.environ.get("BATTEN_EXAMPLES", "0"))
MANY = settings(max_examples=EXAMPLES or 500, derandomize=not EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
PROGRAM = reference.program()

mutations = st.lists(st.builds(Mutation, st.sampled_from(KINDS), st.integers(0, 2000), st.sampled_from(WORDS)), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("damaged")
    shutil.copytree(CORPUS / "projects", folder, dirs_exist_ok=True)
    yield folder


class TestDamagedFiles:
    @MANY
    @given(record=st.sampled_from(RECORDS), damage=mutations)
    @example(record=RECORDS[0], damage=[Mutation("value", 3, "!override []")])
    def test_are_read_or_refused_and_nothing_else(self, scratch: Path, record: dict[str, Any], damage: list[Mutation]) -> None:
        root = scratch / record["slug"]
        file = root / record["ref_files"][-1]
        text = TEXTS[record["slug"]]
        for mutation in damage:
            text = mutate(text, mutation)
        file.write_text(text, encoding="utf-8")
        base = reference.folder_of(record, root)
        env_files = [base / record["ref_env_file"]] if record.get("ref_env_file") else []
        verdict = judge([root / name for name in record["ref_files"]], {**reference.base_environment(base), **record["ref_env"]}, env_files=env_files)
        assert not verdict.traceback, verdict.ours
        assert verdict.seconds < 1
        if verdict.ours == "accepted" and PROGRAM is not None:
            model, error = reference.ask_record(PROGRAM, {**record, "ref_profiles": []}, root)
            assert model is not None or "goroutine" in error, f"the reference says {error}\n{text}"


class TestAnyText:
    @MANY
    @given(text=st.text(max_size=200) | st.lists(st.sampled_from([*WORDS, "services:", "a:", "\n", "  ", " "]), max_size=40).map("".join))
    def test_is_read_or_refused_and_nothing_else(self, text: str) -> None:
        verdict = judge([Path("/nowhere/compose.yaml")], {}, overlay={"/nowhere/compose.yaml": text})
        assert not verdict.traceback, verdict.ours
        assert verdict.seconds < 1
