"""The table of common checks: every rule is in it, and every rule in it exists."""

from __future__ import annotations

import re
from pathlib import Path

from batten.review import catalogue

DOCS = Path(__file__).parent.parent.parent / "docs"
ROWS = [line for line in (DOCS / "checks.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
LINK = re.compile(r"\[([\w-]+)\]\((rules/[\w-]+\.md)\)")


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_every_rule_is_in_the_table() -> None:
    assert {name for row in ROWS for name, _ in LINK.findall(row)} == set(catalogue.every_name())


def test_every_link_leads_somewhere() -> None:
    links = [link for row in ROWS for link in LINK.findall(row)]
    assert len(links) >= len(ROWS) - 18
    assert [target for name, target in links if not (DOCS / target).is_file() or Path(target).stem != name] == []


def test_what_no_rule_does_has_a_reason() -> None:
    for row in ROWS:
        check, _, rule = cells(row)
        assert check
        assert LINK.search(rule) or (rule.startswith("– ") and len(rule) > 20)


def test_numbers_of_the_benchmark_are_those_of_the_rules_pages() -> None:
    said = {name: {reference for reference in catalogue.described(name).RULE.references if reference.startswith("CIS")} for name in catalogue.every_name()}
    for row in ROWS:
        _, numbers, rules = cells(row)
        found = {number.removeprefix("CIS ") for name, _ in LINK.findall(rules) for number in said[name]}
        missing = [number for number in re.findall(r"[\d.]+", numbers) if LINK.search(rules) and number not in found]
        assert missing == [], row
