"""The rules' pages: complete, honest about their examples, and the same in the documentation."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from batten.errors import BattenError
from batten.model import Project
from batten.review import catalogue, pages
from batten.review.finding import Severity
from batten.review.runner import review
from tests.support import project_of

ROOT = Path(__file__).parent.parent.parent
RULES = [name for name in catalogue.names() if name != "unknown-suppression"]


def sections(text: str) -> Mapping[str, str]:
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def yaml_in(text: str) -> str:
    found = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1]


def project_with_env_files(text: str, tmp_path: Path) -> Project:
    """The project of an example; the env files that it names hold a password."""
    named = re.findall(r"(\w+)\.env\b", text)
    return project_of(text, tmp_path, **{f"{name}_dot_env": "DB_PASSWORD=correct-horse\n" for name in named})


class TestPage:
    @pytest.mark.parametrize("rule", catalogue.every_name())
    def test_has_its_headings_in_order(self, rule: str) -> None:
        page = pages.page(rule)
        assert tuple(sections(page)) == pages.HEADINGS
        assert page.startswith(f"# {rule}\n")
        assert all(text.strip() for text in sections(page).values())

    @pytest.mark.parametrize("rule", RULES)
    def test_shows_an_example_that_fires_and_a_use_that_does_not(self, rule: str, tmp_path: Path) -> None:
        page = sections(pages.page(rule))
        fires = {finding.rule for finding in review(project_with_env_files(yaml_in(page["Example"]), tmp_path))}
        instead = [finding for finding in review(project_with_env_files(yaml_in(page["Use instead"]), tmp_path)) if finding.rule == rule]
        assert rule in fires
        assert [finding.title for finding in instead if finding.severity.level > Severity.LOW.level] == []

    @pytest.mark.parametrize("rule", catalogue.every_name())
    def test_fits_a_terminal(self, rule: str) -> None:
        lines = [line for line in pages.page(rule).splitlines() if "http" not in line and "sha256" not in line]
        assert max(map(len, lines)) <= 80


class TestAskingForAPageThatIsNotThere:
    @pytest.mark.parametrize(("name", "hint"), [("exposed-databse", "exposed-database"), ("Docker_Socket", "docker-socket"), ("privilege", "privileged")])
    def test_names_what_looks_like_it(self, name: str, hint: str) -> None:
        with pytest.raises(BattenError) as error:
            pages.page(name)
        assert f"Did you mean {hint}" in error.value.hint

    def test_points_to_the_list_when_nothing_does(self) -> None:
        with pytest.raises(BattenError) as error:
            pages.page("../../etc/passwd")
        assert "batten rules" in error.value.hint


class TestCatalogue:
    def test_lists_every_rule_with_its_first_sentence(self) -> None:
        listed = pages.index()
        assert [name for name, _, _ in listed] == list(catalogue.every_name())
        assert all(sentence.endswith(".") for _, _, sentence in listed)

    def test_names_are_those_of_the_files(self) -> None:
        files = (ROOT / "batten/review/rules").glob("[!_]*.py")
        assert sorted(catalogue.names()) == sorted(path.stem.replace("_", "-") for path in files)
        assert all(catalogue.described(name).RULE.name == name for name in catalogue.every_name())


def test_the_documentation_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("make_rules", ROOT / "docs/make_rules.py")
    assert spec is not None
    assert spec.loader is not None
    make_rules: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_rules)
    there = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs/rules").glob("*.md")}
    assert there == make_rules.pages(), "run `python docs/make_rules.py`"
    assert "flat-network.md" in there
