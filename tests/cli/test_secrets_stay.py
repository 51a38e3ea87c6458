"""No secret's value is printed by any command, in whatever form the project holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.compose import load_project
from batten.compose.dotenv import parse_env
from batten.compose.source import read_source
from batten.report.veil import secret_values
from tests.cli.calling import Result, call, spawn, write

PLAIN = {"80", "http://localhost/admin"}
"""Values of the demo's .env that are no secrets."""
WRITTEN = ("Winkle-and-Whelk-1987", "kelp-lantern-5402")
"""Credentials that stand in the demo's compose file itself."""

CALLS = (
    ["review"],
    ["review", "--format", "json", "--fail-on", "never"],
    ["reach"],
    ["reach", "--format", "json"],
    ["design"],
    ["harden"],
    ["harden", "--diff"],
    ["harden", "--check"],
    ["harden", "--accept", "safe", "--diff"],
    ["harden", "-o", "out"],
    ["harden", "--in-place"],
)

STRANGE = """
services:
  db:
    image: postgres:16   # the password is "tr0ub'ador&3" for now
    environment:
      POSTGRES_PASSWORD: 'tr0ub''ador&3'
      PGADMIN_URL: postgresql://root:tr0ub%27ador%263@db:5432/shop
    command: ["postgres", "-c", "log=postgresql://app:w1nter-mist@db/shop"]
    healthcheck:
      test: ["CMD-SHELL", "PGPASSWORD=tr0ub'ador&3 psql -c 'select 1'"]
    labels:
      note: "postgresql://u:correct-h0rse@db"
  app:
    image: example/app
    env_file: app.env
    environment:
      - "API_TOKEN=line-one\\nline-two-7781"
"""


def demo_secrets(demo: Path) -> set[str]:
    """Every secret value of the demo, from its files."""
    entries = parse_env(read_source(demo / ".env", kind="env"), lambda name: None)
    return {entry.value for entry in entries if entry.value} - PLAIN | set(WRITTEN)


def leaks(result: Result, values: set[str]) -> set[str]:
    """The values that stand in what was printed."""
    return {value for value in values if value in result.out or value in result.err}


class TestTheDemo:
    @pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
    def test_keeps_its_secrets(self, demo: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
        monkeypatch.chdir(demo)
        values = demo_secrets(demo)
        assert len(values) == 6
        result = call(*arguments)
        assert result.code in (0, 1)
        assert result.out
        assert leaks(result, values) == set()

    def test_is_searched_for_all_of_them(self, demo: Path) -> None:
        assert demo_secrets(demo) <= set(secret_values(load_project([demo / "compose.yaml"], environ={})))

    def test_shows_that_something_was_masked(self, demo: Path) -> None:
        assert "--requirepass ••••••••" in call("harden", demo, "--diff").out

    def test_keeps_them_out_of_the_design_and_the_readme(self, demo: Path) -> None:
        assert call("harden", demo, "-o", demo.parent / "out").code == 0
        for name in ("README.md", "batten.yaml", ".gitignore", ".dockerignore"):
            text = (demo.parent / "out" / name).read_text()
            assert {value for value in demo_secrets(demo) if value in text} == set()


class TestAProjectThatSpellsThemInManyWays:
    VALUES = frozenset({"tr0ub'ador&3", "tr0ub''ador&3", "tr0ub%27ador%263", "w1nter-mist", "correct-h0rse", "line-two-7781", "from-a-file-9917"})

    @pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
    def test_keeps_its_secrets(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path, STRANGE)
        write(tmp_path, "APP_SECRET=from-a-file-9917\n", "app.env")
        result = call(*arguments)
        assert result.code in (0, 1), result.err
        assert leaks(result, set(self.VALUES)) == set()


class TestAnErrorThatNobodyExpected:
    def test_shows_its_kind_and_place_and_no_value(self, demo: Path) -> None:
        program = "import sys\nfrom batten.compose import loader\ndef broken(*a, **k):\n    raise KeyError('hunter2')\nloader.load = broken\n"
        program += "from batten.cli import main\nsys.exit(main(['review', sys.argv[1]]))"
        import subprocess
        import sys

        run = subprocess.run([sys.executable, "-c", program, str(demo)], capture_output=True, text=True, check=False)
        assert run.returncode == 2
        assert run.stderr.startswith("batten: internal error: KeyError at batten/")
        assert run.stderr.count("\n") == 1
        assert "hunter2" not in run.stderr

    def test_is_none_where_a_secret_stands_in_the_name_of_a_variable_file(self, demo: Path) -> None:
        assert spawn("review", demo, "--env-file", demo / "compose.yaml").code == 2
