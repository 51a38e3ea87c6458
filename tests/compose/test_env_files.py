"""``.env``, ``--env-file`` and ``env_file``."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.compose import discover
from batten.compose.discovery import projects_below
from batten.compose.dotenv import parse_env
from batten.compose.interpolation import Definition
from batten.errors import InputError
from batten.model import SourceText
from tests.compose.reading import load, places, read, refused, written


def parsed(text: str, *, raw: bool = False) -> dict[str, str | None]:
    entries = parse_env(SourceText("/x/.env", text, kind="env"), lambda name: Definition("caller", None) if name == "CALLER" else None, raw=raw)
    return {entry.name: entry.value for entry in entries}


class TestLines:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("A=b", "b"),
            ("A = b", "b"),
            ("A=", ""),
            ("A", None),
            ("export A=b", "b"),
            ("A: b", "b"),
            ("A=b # note", "b"),
            ("A=b#c", "b#c"),
            ("A=# note", ""),
            ("A='b # c'", "b # c"),
            ("A='$B'", "$B"),
            ('A="b\\nc"', "b\nc"),
            ('A="b\\"c"', 'b"c'),
            ('A="b\nc"', "b\nc"),
            ("A=$CALLER", "caller"),
            ("A=${NONE:-x y}", "x y"),
            ("A=b\r\n", "b"),
            ("B=1\nA=$B", "1"),
            ("A=b=c", "b=c"),
            ("# note\n\n  A=b", "b"),
        ],
    )
    def test_of_every_form(self, text: str, value: str | None) -> None:
        assert parsed(text)["A"] == value

    def test_raw_lines_stand_as_they_are(self) -> None:
        assert parsed('A="$B" # c\r\n', raw=True) == {"A": '"$B" # c'}

    @pytest.mark.parametrize("text", ["A='b", 'A="b', "=b", "A B", "a!=b", "A=${B", "A=${B:?why}"])
    def test_that_cannot_be_understood_are_refused_with_their_line(self, text: str) -> None:
        with pytest.raises(InputError) as caught:
            parsed("OK=1\n" + text)
        assert caught.value.span is not None
        assert caught.value.span.line == 2

    def test_a_refusal_shows_no_value(self) -> None:
        with pytest.raises(InputError) as caught:
            parsed("PASSWORD='hunter2")
        assert "hunter2" not in str(caught.value)


class TestServices:
    def test_later_files_win_and_the_own_environment_before_all(self, tmp_path: Path) -> None:
        files = {
            "compose.yaml": "services:\n  web:\n    image: x\n    env_file: [a.env, b.env]\n    environment: {OWN: own}\n",
            "a.env": "A=1\nBOTH=a\nOWN=a\n",
            "b.env": "BOTH=b\n",
        }
        project = load(tmp_path, files)
        values = {name: variable.value.reveal() for name, variable in project.services["web"].environment.items() if variable.value}
        assert values == {"A": "1", "BOTH": "b", "OWN": "own"}
        assert places(project.origin(("services", "web", "environment", "BOTH"))) == [("b.env", 1), ("compose.yaml", 4)]
        assert project.services["web"].env_files == (str(tmp_path / "a.env"), str(tmp_path / "b.env"))

    def test_a_missing_file_is_an_error_unless_it_is_not_required(self, tmp_path: Path) -> None:
        text = "services: {web: {image: x, env_file: [{path: a.env, required: %s}]}}"
        assert "environment" not in read(tmp_path, {"compose.yaml": text % "false"})["services"]["web"]
        error = refused(tmp_path, {"compose.yaml": text % "true"})
        assert "a.env" in error.message
        assert error.span is not None

    def test_a_file_that_is_not_required_but_broken_is_an_error(self, tmp_path: Path) -> None:
        files = {"compose.yaml": "services: {web: {image: x, env_file: [{path: a.env, required: false}]}}", "a.env": "A='b"}
        assert "never closed" in refused(tmp_path, files).message

    def test_a_bare_name_takes_the_value_of_the_caller_or_of_dotenv(self, tmp_path: Path) -> None:
        files = {"compose.yaml": "services: {web: {image: x, environment: [A, B, C]}}", ".env": "B=file\nA=file"}
        assert read(tmp_path, files, environ={"A": "caller"})["services"]["web"]["environment"] == {"A": "caller", "B": "file", "C": None}

    def test_label_files_stand_below_the_labels(self, tmp_path: Path) -> None:
        files = {"compose.yaml": "services: {web: {image: x, label_file: l, labels: {a: own}}}", "l": "a=1\nb=2"}
        assert read(tmp_path, files)["services"]["web"]["labels"] == {"a": "own", "b": "2"}


class TestOptions:
    def test_env_files_stand_in_for_dotenv(self, tmp_path: Path) -> None:
        files = {"compose.yaml": "services: {web: {image: 'x:$A$B'}}", ".env": "A=no\nB=no", "one.env": "A=1\nB=1", "two.env": "B=2"}
        written(tmp_path, files)
        assert load(tmp_path, {}, env_files=[tmp_path / "one.env", tmp_path / "two.env"]).services["web"].image == "x:12"

    def test_an_env_file_that_is_not_there_is_an_error(self, tmp_path: Path) -> None:
        assert "cannot be read" in refused(tmp_path, {"compose.yaml": "services: {a: {image: x}}"}, env_files=[tmp_path / "no.env"]).message

    def test_texts_may_come_from_memory(self, tmp_path: Path) -> None:
        overlay = {str(tmp_path / "compose.yaml"): "services: {web: {image: 'x:$A'}}", str(tmp_path / ".env"): "A=1"}
        assert load(tmp_path, {"compose.yaml": "not read"}, overlay=overlay).services["web"].image == "x:1"


class TestDiscovery:
    @pytest.mark.parametrize(
        ("names", "found"),
        [
            (["compose.yaml", "docker-compose.yml"], ["compose.yaml"]),
            (["docker-compose.yaml"], ["docker-compose.yaml"]),
            (["compose.yml", "compose.override.yaml"], ["compose.yml", "compose.override.yaml"]),
            (["docker-compose.yml", "docker-compose.override.yml"], ["docker-compose.yml", "docker-compose.override.yml"]),
        ],
    )
    def test_finds_the_usual_names(self, names: list[str], found: list[str], tmp_path: Path) -> None:
        written(tmp_path, dict.fromkeys(names, ""))
        assert [path.name for path in discover(tmp_path, {})] == found

    def test_of_a_file_takes_no_override(self, tmp_path: Path) -> None:
        written(tmp_path, {"compose.yaml": "", "compose.override.yaml": ""})
        assert discover(tmp_path / "compose.yaml", {}) == [tmp_path / "compose.yaml"]

    def test_compose_file_names_them(self, tmp_path: Path) -> None:
        written(tmp_path, {"a.yaml": "", "b.yaml": "", "c.yaml": "", ".env": "COMPOSE_FILE=a.yaml:b.yaml\n"})
        assert [path.name for path in discover(tmp_path, {})] == ["a.yaml", "b.yaml"]
        assert [path.name for path in discover(tmp_path, {"COMPOSE_FILE": "c.yaml"})] == ["c.yaml"]
        assert [path.name for path in discover(tmp_path, {"COMPOSE_FILE": "c.yaml;a.yaml", "COMPOSE_PATH_SEPARATOR": ";"})] == ["c.yaml", "a.yaml"]

    def test_a_compose_file_that_is_not_there_is_an_error_at_its_definition(self, tmp_path: Path) -> None:
        written(tmp_path, {".env": "A=1\nCOMPOSE_FILE=a.yaml\n"})
        with pytest.raises(InputError, match=r"a\.yaml") as caught:
            discover(tmp_path, {})
        assert caught.value.span is not None
        assert caught.value.span.line == 2

    def test_says_what_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no compose file"):
            discover(tmp_path, {})
        with pytest.raises(InputError, match="no such file or folder"):
            discover(tmp_path / "nowhere", {})

    def test_projects_below_a_folder(self, tmp_path: Path) -> None:
        written(tmp_path, {"a/compose.yaml": "", "a/b/compose.yml": "", "node_modules/compose.yaml": "", ".git/compose.yaml": ""})
        (tmp_path / "link").symlink_to(tmp_path / "a")
        assert [str(files[0].relative_to(tmp_path)) for files in projects_below(tmp_path)] == ["a/compose.yaml", "a/b/compose.yml"]
