"""The scripts that make and change the secrets of a stack. What they do is seen on a real swarm, with the engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batten.design.proposal import propose
from batten.design.sections.target import STACK
from batten.hardening import Hardening, harden
from generators import swarm_secrets
from tests.generators.host.helping import lint, run, written
from tests.support import project_of

TEXT = "name: shop\nservices:\n  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: kelp-lantern}}\n"


def hardened(tmp_path: Path, text: str = TEXT, kind: str = STACK) -> Hardening:
    """A project hardened for a swarm."""
    project = project_of(text, tmp_path)
    design = propose(project)
    return harden(project, replace(design, target=design.target.towards(kind)), into=tmp_path / "out")


def scripts(tmp_path: Path, text: str = TEXT) -> Path:
    """The folder with the scripts."""
    return written(tuple(swarm_secrets.files(hardened(tmp_path, text))), tmp_path / "out")


class TestTheScripts:
    def test_please_shellcheck(self, tmp_path: Path) -> None:
        folder = scripts(tmp_path)
        assert lint([folder / name for name in swarm_secrets.SCRIPTS]) == ""

    def test_are_only_there_for_a_stack_with_secrets(self, tmp_path: Path) -> None:
        assert not list(swarm_secrets.files(hardened(tmp_path, kind="compose")))
        assert not list(swarm_secrets.files(hardened(tmp_path, "services: {a: {image: acme/x}}")))

    def test_know_the_names_in_the_swarm_and_the_files(self, tmp_path: Path) -> None:
        assert swarm_secrets.versioned(hardened(tmp_path)) == [("postgres_password", "shop_postgres_password", "./secrets/postgres_password")]

    @pytest.mark.parametrize("name", list(swarm_secrets.SCRIPTS))
    def test_say_how_they_are_called(self, tmp_path: Path, name: str) -> None:
        script = scripts(tmp_path) / name
        assert run(script, "--help").code == 0
        assert run(script, "--polish").code == 2

    @pytest.mark.parametrize("name", list(swarm_secrets.SCRIPTS))
    def test_take_no_value_as_an_argument_and_no_strange_name(self, tmp_path: Path, name: str) -> None:
        done = run(scripts(tmp_path) / name, "postgres_password=kelp")
        assert done.code != 0
        assert "no secret" in done.err

    def test_hold_no_value(self, tmp_path: Path) -> None:
        folder = scripts(tmp_path)
        assert all("kelp-lantern" not in (folder / name).read_text() for name in swarm_secrets.SCRIPTS)

    @pytest.mark.parametrize("key", ["a.b", "$(touch owned)", "x'; touch owned; '", "-n", "ünï", "a" * 200])
    def test_quote_hostile_names(self, tmp_path: Path, key: str) -> None:
        text = f"name: shop\nservices: {{a: {{image: x, secrets: [{key!r}]}}}}\nsecrets: {{{key!r}: {{file: ./f}}}}\n"
        try:
            folder = scripts(tmp_path, text)
        except Exception as error:
            assert type(error).__module__ == "batten.errors"
            return
        for name in swarm_secrets.SCRIPTS:
            if (folder / name).exists():
                assert lint([folder / name]) == ""
                assert run(folder / name, "--help").code == 0
                run(folder / name, "nothing")
        assert not list(tmp_path.rglob("owned"))
