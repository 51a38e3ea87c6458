"""Variables in compose files."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.compose.interpolation import Definition, InterpolationError, interpolate, variables_in
from batten.errors import InputError
from tests.compose.reading import read
from tests.support import project_of

KNOWN = {"SET": "value", "EMPTY": "", "OTHER": "two"}


def replaced(text: str) -> str:
    return interpolate(text, lambda name: Definition(KNOWN[name], None) if name in KNOWN else None).text


class TestForms:
    @pytest.mark.parametrize(
        ("text", "result"),
        [
            ("plain", "plain"),
            ("$SET", "value"),
            ("${SET}", "value"),
            ("a${SET}b$OTHER", "avaluebtwo"),
            ("$$SET", "$SET"),
            ("$$$SET", "$value"),
            ("$ $1 $", "$ $1 $"),
            ("${EMPTY:-x}", "x"),
            ("${EMPTY-x}", ""),
            ("${NONE-x}", "x"),
            ("${SET:+x}", "x"),
            ("${EMPTY:+x}", ""),
            ("${EMPTY+x}", "x"),
            ("${NONE+x}", ""),
            ("${SET:?no}", "value"),
            ("${EMPTY?no}", ""),
            ("${NONE:-${EMPTY:-${OTHER}}}", "two"),
            ("${NONE:-a}b}", "ab}"),
            ("${NONE}", ""),
            ("${NONE:-http://host:80/?a=b}", "http://host:80/?a=b"),
        ],
    )
    def test_of_replacing(self, text: str, result: str) -> None:
        assert replaced(text) == result

    @pytest.mark.parametrize("text", ["${", "${SET", "${}", "${1}", "${-x}", "${SET!x}", "${NONE:?}", "${EMPTY:?why}", "${NONE?why}"])
    def test_that_cannot_be_replaced(self, text: str) -> None:
        with pytest.raises(InterpolationError):
            replaced(text)

    def test_a_required_variable_says_why_it_is_needed(self) -> None:
        with pytest.raises(InterpolationError, match="NONE is required and not set: say ${OTHER}".replace("${OTHER}", "two")):
            replaced("${NONE:?say ${OTHER}}")

    def test_names_that_are_looked_up(self) -> None:
        assert variables_in("$A ${B:-${C}} $$D") == ("A", "B", "C")
        assert variables_in("${A") == ()


class TestLimits:
    @pytest.mark.parametrize("text", ["${A:-" * 5000 + "}" * 5000, "${A:-" * 100_000])
    def test_deep_nesting_is_refused(self, text: str) -> None:
        with pytest.raises(InterpolationError):
            replaced(text)

    def test_doubling_is_refused(self, tmp_path: Path) -> None:
        lines = ["A0=xxxxxxxxxxxxxxxx", *(f"A{number}=$A{number - 1}$A{number - 1}" for number in range(1, 40))]
        with pytest.raises(InputError, match="longer than 1 MiB") as caught:
            project_of("services: {a: {image: x}}", tmp_path, _dot_env="\n".join(lines))
        assert caught.value.span is not None
        assert caught.value.span.line > 10

    def test_a_long_value_cannot_be_repeated_for_ever(self, tmp_path: Path) -> None:
        text = "services: {a: {image: x, environment: {" + ", ".join(f"K{number}: $LONG" for number in range(100)) + "}}}"
        with pytest.raises(InputError, match="variables make this file longer"):
            project_of(text, tmp_path, _dot_env="LONG=" + "x" * 1_000_000)


class TestOrigins:
    def test_a_value_knows_where_its_variable_was_defined(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a:\n    image: shop:${TAG}\n", tmp_path, _dot_env="# tags\nTAG=7\n")
        origin = project.origin(("services", "a", "image"))
        assert (origin.primary.line, origin.primary.column) == (3, 12)
        assert [(Path(span.file).name, span.line) for span in origin.related] == [(".env", 2)]

    def test_what_is_not_set_is_noted_once(self, tmp_path: Path) -> None:
        project = project_of("services: {a: {image: 'x$NONE', command: 'y$NONE'}}", tmp_path)
        assert [note for note in project.notes if "NONE" in note] == ["The variable NONE is not set: it became empty."]

    def test_the_caller_comes_before_the_file(self, tmp_path: Path) -> None:
        plain = read(tmp_path, {"compose.yaml": "services: {a: {image: 'x:$TAG'}}", ".env": "TAG=file"}, environ={"TAG": "caller"})
        assert plain["services"]["a"]["image"] == "x:caller"

    def test_the_project_has_a_name_for_its_own_variables(self, tmp_path: Path) -> None:
        plain = read(tmp_path, {"compose.yaml": "name: mine\nservices: {a: {image: 'x:$COMPOSE_PROJECT_NAME'}}"})
        assert plain["services"]["a"]["image"] == "x:mine"
