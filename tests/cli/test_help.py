"""Help offers what there is, and what the README says can be typed can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from batten.cli import parsing
from tests.cli.calling import call

ROOT = Path(__file__).parents[2]
BLOCKS = "".join((ROOT / "README.md").read_text().split("```")[1::2])
TYPED = [line.partition("#")[0].strip() for line in BLOCKS.splitlines() if re.match(r"batten( |$)", line)]


class TestHelp:
    def test_names_every_command_with_its_sentence(self) -> None:
        text = call("--help").out
        for name in parsing.names():
            assert re.search(rf"^  {name} +\S", text, re.MULTILINE)

    @pytest.mark.parametrize("name", sorted(parsing.names()))
    def test_of_every_command_tells_what_it_does(self, name: str) -> None:
        result = call(name, "--help")
        assert result.out.startswith(f"usage: batten {name}")
        assert len(result.out.splitlines()) > 5

    @pytest.mark.parametrize("name", ["design", "harden", "reach", "review", "wizard"])
    def test_of_every_command_on_a_project_has_the_options_of_compose(self, name: str) -> None:
        text = call(name, "--help").out
        assert all(option in text for option in ("-f FILE", "--profile", "--env-file", "--project-name"))


class TestTheReadme:
    def test_has_commands(self) -> None:
        assert len(TYPED) > 6

    @pytest.mark.parametrize("line", TYPED)
    def test_has_commands_that_are_understood(self, line: str) -> None:
        _, *arguments = shlex.split(line)
        name = arguments[0] if arguments and arguments[0] in parsing.names() else parsing.DEFAULT
        rest = arguments if name == parsing.DEFAULT else arguments[1:]
        assert name != parsing.DEFAULT or not rest, "a word that is no command would be taken for a path"
        parsing.parser_of(name).parse_args(rest)
