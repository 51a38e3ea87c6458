"""What scripts rely on: exit codes, the shapes of JSON, data on standard output and talk on standard error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import batten
from batten.cli import designs
from batten.design import file
from batten.model import Tier
from batten.review.finding import Severity
from tests.cli.calling import call, snapshot, spawn, write

CALM = "services:\n  web:\n    image: nginx:1.27\n    cap_drop: [ALL]\n    security_opt: [no-new-privileges:true]\n"
LOUD = CALM + "    privileged: true\n"
BAD = "services: 3\n"


class TestExitCodes:
    def test_are_0_where_nothing_is_found(self, tmp_path: Path) -> None:
        assert call("review", write(tmp_path, CALM)).code == 0

    def test_are_1_where_something_high_is_found(self, tmp_path: Path) -> None:
        assert call("review", write(tmp_path, LOUD)).code == 1

    @pytest.mark.parametrize(("level", "code"), [("info", 1), ("low", 1), ("medium", 1), ("high", 1), ("critical", 0), ("never", 0)])
    def test_of_a_review_move_with_the_bar(self, tmp_path: Path, level: str, code: int) -> None:
        result = call("review", write(tmp_path, LOUD), "--fail-on", level, "--format", "json")
        assert result.json["projects"][0]["summary"]["critical"] == 0
        assert result.code == code

    def test_are_2_where_a_part_could_not_be_read_whatever_else_is_found(self, tmp_path: Path) -> None:
        good, loud, bad = write(tmp_path, CALM, "good.yaml"), write(tmp_path, LOUD, "loud.yaml"), write(tmp_path, BAD, "bad.yaml")
        assert call("review", good, bad).code == 2
        assert call("review", bad, loud, good).code == 2
        assert call("review", loud, good).code == 1
        assert call("review", bad, "--fail-on", "never").code == 2

    def test_do_not_count_what_is_suppressed(self, tmp_path: Path) -> None:
        text = CALM + "    privileged: true  # batten: ignore privileged -- it drives the printer\n"
        result = call("review", write(tmp_path, text))
        assert result.code == 0
        assert "it drives the printer" in result.out

    def test_of_a_check_say_whether_something_is_left_to_do(self, demo: Path) -> None:
        assert call("harden", demo, "--check").code == 1
        assert call("harden", demo, "--in-place").code == 0
        assert call("harden", demo, "--check").code == 0

    @pytest.mark.parametrize(
        "arguments", [["review", "--format", "csv"], ["review", "--nonsense"], ["harden", "--target", "cluster"], ["reach", "a", "b"]], ids=str
    )
    def test_are_2_for_what_is_not_offered(self, arguments: list[str]) -> None:
        result = call(*arguments)
        assert (result.code, result.out) == (2, "")
        assert "usage: batten" in result.err

    @pytest.mark.parametrize("arguments", [["-o", "x", "--in-place"], ["--diff", "--check"], ["--check", "-o", "x"]], ids=str)
    def test_are_2_for_two_things_at_once(self, demo: Path, arguments: list[str]) -> None:
        assert call("harden", demo, *arguments).code == 2

    @pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["review", "--help"], ["rules"]], ids=str)
    def test_are_0_for_help(self, arguments: list[str]) -> None:
        result = call(*arguments)
        assert (result.code, result.err) == (0, "")
        assert result.out


class TestTheVersion:
    def test_is_that_of_the_package(self) -> None:
        assert call("--version").out == f"batten {batten.__version__}\n"


def check_review(data: Any) -> None:
    """Hold one report against the promised shape."""
    assert set(data) == {"schema_version", "tool", "projects", "errors"}
    assert data["schema_version"] == 1
    assert data["tool"] == {"name": "batten", "version": batten.__version__}
    for project in data["projects"]:
        assert set(project) == {"name", "files", "findings", "summary", "exposure"}
        assert set(project["exposure"]) == {"services", "paths", "needed"}
        assert set(project["summary"]) == {str(level) for level in Severity}
        standing = [finding for finding in project["findings"] if finding["suppressed"] is None]
        for level in Severity:
            assert project["summary"][level] == sum(finding["severity"] == level for finding in standing)
        for finding in project["findings"]:
            check_finding(finding)
    for error in data["errors"]:
        assert set(error) == {"file", "line", "column", "message"}


def check_finding(finding: Any) -> None:
    """Hold one finding against the promised shape."""
    assert {"rule", "severity", "confidence", "service", "title", "message", "location", "fix", "suppressed", "references"} <= set(finding)
    assert set(finding["location"]) == {"kind", "file", "line", "column"}
    assert finding["location"]["line"] > 0
    assert finding["location"]["column"] > 0
    assert finding["fix"] is None or set(finding["fix"]) >= {"title", "risk"}
    assert finding["suppressed"] is None or set(finding["suppressed"]) == {"reason"}


class TestTheReviewAsJson:
    def test_has_the_promised_shape(self, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(demo)
        result = call("review", "--format", "json")
        check_review(result.json)
        (project,) = result.json["projects"]
        assert (project["name"], project["files"]) == ("shop", ["compose.yaml"])
        assert project["exposure"] == {"services": 7, "paths": 42, "needed": project["exposure"]["needed"]}
        assert 0 < project["exposure"]["needed"] < 42
        assert result.err == ""

    def test_tells_of_what_could_not_be_read_beside_what_could(self, tmp_path: Path) -> None:
        result = call("review", write(tmp_path, LOUD, "a/compose.yaml"), write(tmp_path, "services:\n  web: 3\n", "b/compose.yaml"), "--format", "json")
        check_review(result.json)
        assert [project["name"] for project in result.json["projects"]] == ["a"]
        (error,) = result.json["errors"]
        assert (Path(error["file"]).parent.name, error["line"], error["column"]) == ("b", 2, 8)
        assert result.err.strip().endswith(error["message"])

    def test_is_there_even_where_nothing_could_be_read(self, tmp_path: Path) -> None:
        result = call("review", tmp_path / "gone", "--format", "json")
        check_review(result.json)
        assert (result.code, result.json["projects"], len(result.json["errors"])) == (2, [], 1)


class TestTheProjectsOfAReview:
    def test_are_searched_for_below_a_folder_without_one_of_its_own(self, tmp_path: Path) -> None:
        for name in ("a", "b/c", "node_modules/d"):
            write(tmp_path / name, LOUD)
        result = call("review", tmp_path, "--format", "json")
        assert [project["name"] for project in result.json["projects"]] == ["a", "c"]

    def test_are_all_read_even_where_one_is_broken(self, tmp_path: Path) -> None:
        write(tmp_path / "a", BAD)
        write(tmp_path / "b", CALM)
        result = call("review", tmp_path, "--format", "json")
        assert result.code == 2
        assert [project["name"] for project in result.json["projects"]] == ["b"]

    def test_may_come_from_standard_input(self, tmp_path: Path) -> None:
        folder = tmp_path / "printer"
        folder.mkdir()
        result = spawn("review", "-", "--format", "json", stdin=LOUD, cwd=folder)
        assert result.code == 1
        (project,) = result.json["projects"]
        assert (project["name"], project["files"]) == ("printer", ["-"])
        assert {finding["location"]["file"] for finding in project["findings"]} == {"-"}

    def test_may_be_several_files(self, tmp_path: Path) -> None:
        first, second = write(tmp_path, CALM), write(tmp_path, "services:\n  web:\n    privileged: true\n", "more.yaml")
        result = call("review", "-f", first, "-f", second, "--project-name", "pair", "--format", "json")
        (project,) = result.json["projects"]
        assert project["name"] == "pair"
        assert [finding["location"]["file"] for finding in project["findings"] if finding["rule"] == "privileged"] == [str(second)]

    def test_have_the_variables_of_the_env_file_that_was_named(self, tmp_path: Path) -> None:
        write(tmp_path, CALM.replace("cap_drop: [ALL]", "privileged: ${YES}"))
        write(tmp_path, "YES=true\n", "loud.env")
        assert call("review", tmp_path, "--env-file", tmp_path / "loud.env").code == 1

    def test_have_the_services_of_every_profile_unless_some_are_named(self, tmp_path: Path) -> None:
        write(tmp_path, LOUD + "    profiles: [print]\n  other:\n    image: nginx\n    cap_drop: [ALL]\n")
        assert call("review", tmp_path).code == 1
        assert call("review", tmp_path, "--profile", "print").code == 1
        assert call("review", tmp_path, "--profile", "other").code == 0

    def test_are_suppressed_by_the_design_beside_them(self, demo: Path) -> None:
        assert call("review", demo).code == 1
        assert call("harden", demo, "--in-place").code == 0
        result = call("review", demo)
        assert result.code == 0
        assert "Suppressed" in result.out
        (demo / "batten.yaml").unlink()
        assert call("review", demo).code == 1


def check_reach(data: Any) -> None:
    """Hold one account of who reaches whom against the promised shape."""
    assert set(data) == {"schema_version", "nodes", "paths"}
    services = {node["id"] for node in data["nodes"] if node["kind"] == "service"}
    zones = {node["id"] for node in data["nodes"] if node["kind"] == "zone"}
    assert zones == {"internet", "lan", "host"}
    assert {node["tier"] for node in data["nodes"] if node["kind"] == "service"} <= {str(tier) for tier in Tier}
    for path in data["paths"]:
        assert set(path) == {"from", "to", "ports", "via", "needed", "because"}
        assert {path["from"], path["to"]} <= services | zones
        assert path["ports"] == "any" or (path["ports"] and all("/" in port for port in path["ports"]))
        assert path["via"]
        assert path["needed"] in (True, False, None)
        assert all({"kind"} <= set(reason) for reason in path["because"])


class TestReachAsJson:
    def test_has_the_promised_shape(self, demo: Path) -> None:
        result = call("reach", demo, "--format", "json")
        check_reach(result.json)
        needed = {(path["from"], path["to"]) for path in result.json["paths"] if path["needed"]}
        assert ("api", "db") in needed
        assert ("proxy", "db") not in needed

    def test_agrees_with_the_review(self, demo: Path) -> None:
        zones = {"internet", "lan", "host"}
        paths = [path for path in call("reach", demo, "--format", "json").json["paths"] if not {path["from"], path["to"]} & zones]
        exposure = call("review", demo, "--format", "json").json["projects"][0]["exposure"]
        assert (len(paths), sum(path["needed"] is True for path in paths)) == (exposure["paths"], exposure["needed"])

    def test_has_before_and_after_of_a_design(self, demo: Path) -> None:
        design = write(demo.parent, call("design", demo).out, "mine.yaml")
        data = call("reach", demo, "--design", design, "--format", "json").json
        assert set(data) == {"schema_version", "before", "after"}
        check_reach(data["before"])
        check_reach(data["after"])
        pairs = {key: {(path["from"], path["to"]) for path in data[key]["paths"]} for key in ("before", "after")}
        assert ("proxy", "db") in pairs["before"]
        assert ("proxy", "db") not in pairs["after"]
        assert {(path["from"], path["to"]) for path in data["before"]["paths"] if path["needed"]} <= pairs["after"]

    def test_says_the_same_in_text(self, demo: Path) -> None:
        design = write(demo.parent, call("design", demo).out, "mine.yaml")
        assert "42 paths" in call("reach", demo).out
        assert "after:" in call("reach", demo, "--design", design).out


class TestTheDesign:
    def test_is_yaml_with_the_promised_keys(self, demo: Path) -> None:
        data = yaml.safe_load(call("design", demo).out)
        assert data["version"] == 1
        promised = {"tiers", "connections", "networks", "secrets", "services", "published", "privileges", "firewall", "mtls", "keeps", "consents", "target"}
        assert promised <= set(data)
        assert {"service", "variable", "secret", "how"} <= set(data["secrets"][0])
        assert {"from", "to", "because", "evidence"} <= set(data["connections"][0])

    def test_is_written_beside_the_compose_file_and_found_there(self, demo: Path) -> None:
        assert call("design", demo, "-o").code == 0
        text = (demo / "batten.yaml").read_text()
        (demo / "batten.yaml").write_text("# mine\n" + text)
        assert call("design", demo).out == "# mine\n" + text

    def test_is_never_found_further_up(self, demo: Path) -> None:
        write(demo.parent, "nonsense: [\n", "batten.yaml")
        assert call("design", demo).code == 0

    def test_is_not_overwritten_unless_forced(self, demo: Path) -> None:
        write(demo, "mine\n", "other.yaml")
        assert call("design", demo, "-o", demo / "other.yaml").code == 2
        assert (demo / "other.yaml").read_text() == "mine\n"
        assert call("design", demo, "-o", demo / "other.yaml", "--force").code == 0

    def test_is_written_where_it_was_told(self, demo: Path) -> None:
        result = call("design", demo, "-o", demo.parent / "mine.yaml")
        assert (result.code, result.out) == (0, "")
        assert (demo.parent / "mine.yaml").read_text() == call("design", demo).out


class TestTheRules:
    def test_are_listed_with_a_sentence_each(self) -> None:
        lines = call("rules").out.splitlines()
        assert any(line.startswith("flat-network ") and line.endswith(".") for line in lines)

    def test_have_a_page_each(self) -> None:
        names = [line.split()[0] for line in call("rules").out.splitlines() if line and not line.startswith("'")]
        assert len(names) >= 8
        for name in names:
            assert call("rules", name).out.startswith(f"# {name}\n")

    def test_that_do_not_exist_are_said_to(self) -> None:
        result = call("rules", "flat-networks")
        assert result.code == 2
        assert "Did you mean flat-network" in result.err


class TestWithoutATerminal:
    def test_the_assistant_gives_way_to_the_review(self, demo: Path) -> None:
        bare, review = spawn(demo), spawn("review", demo)
        assert (bare.code, bare.out) == (review.code, review.out)
        assert "There is no terminal" in bare.err

    def test_the_wizard_wants_answers(self, demo: Path) -> None:
        result = spawn("wizard", demo, "--plain")
        assert result.code == 2
        assert "--answers FILE" in result.err


class TestTheWizard:
    def test_takes_its_answers_from_a_file_and_prints_the_design(self, demo: Path) -> None:
        before = snapshot(demo)
        result = call("wizard", demo, "--answers", write(demo.parent, "{}\n", "answers.yaml"))
        assert result.code == 0, result.err
        assert yaml.safe_load(result.out)["version"] == 1
        assert snapshot(demo) == before

    def test_hardens_where_it_was_told(self, demo: Path) -> None:
        result = call("wizard", demo, "--answers", write(demo.parent, "{}\n", "answers.yaml"), "-o", demo.parent / "out")
        assert result.code == 0, result.err
        assert (demo.parent / "out/compose.yaml").is_file()

    def test_refuses_answers_to_what_was_not_asked(self, demo: Path) -> None:
        result = call("wizard", demo, "--answers", write(demo.parent, "what: ever\n", "answers.yaml"))
        assert result.code == 2
        assert "answers.yaml:1:" in result.err


class TestStreams:
    def test_json_is_all_there_is_on_standard_output(self, tmp_path: Path) -> None:
        result = spawn("review", "--format", "json", write(tmp_path, CALM.replace("1.27", "${TAG}")))
        assert json.loads(result.out)["projects"]
        assert "TAG is not set" in result.err


class TestTheNameOfTheDesign:
    def test_is_the_same_everywhere(self) -> None:
        assert designs.NAME == file.NAME
