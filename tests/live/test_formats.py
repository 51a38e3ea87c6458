"""The whole way from an engine's answers to what is printed, in every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.calling import ROOT, Result, call
from tests.live.answering import Api, recorded

GOLDEN = ROOT / "tests" / "goldens" / "live" / "engine.txt"
SECRETS = ("Winkle", "kelp-lantern", "mussel")
"""Parts of the demo's passwords."""


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Api:
    """The recorded engine. Nothing is known of this machine, whatever its name is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setattr("batten.engine.hostfiles.socket.gethostname", lambda: "elsewhere")
    return Api(tmp_path / "docker.sock", recorded())


def review(ask: Api, *arguments: str) -> Result:
    """A live review; the demo's findings are severe, so the code is 1."""
    with ask:
        result = call("review", "--live", *arguments)
    assert result.code == 1
    assert not any(secret in result.out + result.err for secret in SECRETS)
    return result


def test_as_text_the_engine_is_the_golden(ask: Api) -> None:
    """Compared with tests/goldens/live/engine.txt; what differs was meant, or it was not. Projects have a golden in tests/goldens/review."""
    text = review(ask).out
    about, summary, projects = text.partition("engine harbour: 2 low, 4 info\n")
    assert about + summary == GOLDEN.read_text(encoding="utf-8")
    assert "HIGH     container/shop-db-1 HostConfig.PortBindings.5432/tcp  db  exposed-database" in projects.splitlines()


def test_the_golden_holds_something() -> None:
    assert GOLDEN.read_text(encoding="utf-8").count("engine/harbour") > 5


def test_as_json_it_fits_the_schema(ask: Api) -> None:
    data = review(ask, "--format", "json").json
    schema = json.loads((ROOT / "docs/review.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(data)] == []
    assert [project["name"] for project in data["projects"]] == ["engine harbour", "shop"]
    assert all(finding["location"]["kind"] == "engine" for project in data["projects"] for finding in project["findings"])
    assert [project["files"] for project in data["projects"]] == [[], []]


def test_as_sarif_it_names_the_objects(ask: Api) -> None:
    run = review(ask, "--format", "sarif").json["runs"][0]
    names = {place["fullyQualifiedName"] for result in run["results"] for one in result["locations"] for place in one["logicalLocations"]}
    assert {"container/shop-db-1.HostConfig.PortBindings.5432/tcp", "engine/harbour.SecurityOptions"} <= names
    assert {"daemon-icc", "docker-socket"} <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}


@pytest.mark.parametrize("form", ["github", "markdown"])
def test_as_anything_else_it_names_them_too(ask: Api, form: str) -> None:
    assert "container/shop-db-1" in review(ask, "--format", form).out


def test_the_bar_moves_the_exit_code(ask: Api) -> None:
    with ask:
        assert call("review", "--live", "--fail-on", "critical").code == 0


def test_what_is_not_known_is_said(ask: Api) -> None:
    assert "can be read only there, as root" in review(ask).err
