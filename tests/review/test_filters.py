"""What an engine takes for a seccomp profile; tests/engine/test_filters.py asks one about the same profiles."""

from __future__ import annotations

import json

import pytest

from batten.review.filters import complaint, filters_nothing
from tests.review.profiles import ALLOW, ERRNO, REFUSED, TAKEN


class TestTheShape:
    @pytest.mark.parametrize("name", TAKEN)
    def test_taken(self, name: str) -> None:
        assert complaint(TAKEN[name]) == ""

    @pytest.mark.parametrize("name", REFUSED)
    def test_refused_with_a_reason(self, name: str) -> None:
        assert complaint(REFUSED[name])
        assert not complaint(REFUSED[name]).endswith(".")

    def test_the_reason_says_where(self) -> None:
        assert complaint('{\n  "defaultAction": }') == "it is not JSON (line 2, column 20)"
        assert complaint(REFUSED["name and names"]) == "rule 1 has both name and names"

    def test_a_bottomless_one_is_refused(self) -> None:
        assert complaint("[" * 100_000) != ""

    def test_strange_text_is_shown_as_text(self) -> None:
        text = complaint(json.dumps({"defaultAction": "\x1b[31m" + "x" * 500}))
        assert "\x1b" not in text and len(text) < 200


class TestFilteringNothing:
    @pytest.mark.parametrize("profile", [{}, None, {"defaultAction": ALLOW}, {"defaultAction": ALLOW, "syscalls": [{"names": ["read"], "action": ALLOW}]}])
    def test_all_is_let_through(self, profile: object) -> None:
        assert filters_nothing(json.dumps(profile))

    @pytest.mark.parametrize("profile", [{"defaultAction": ERRNO}, {"defaultAction": ALLOW, "syscalls": [{"names": ["mount"], "action": ERRNO}]}])
    def test_something_is_not(self, profile: object) -> None:
        assert not filters_nothing(json.dumps(profile))
