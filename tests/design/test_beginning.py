"""A project that begins with a design: from an empty folder to files that their references accept."""

from __future__ import annotations

import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from batten.compose import load_project
from batten.design import beginning, file
from batten.design.sections.networks import LEAST
from batten.errors import BattenError, DesignError
from batten.model import Tier
from batten.session import Session
from bench.reference import ask, program
from generators import export
from tests.cli.calling import call

DESIGN = """
version: 1
services:
  proxy: {image: 'nginx:1.27', tier: edge, ports: ['80:80'], needs: [app]}
  app: {image: 'my/app:1', needs: [db, internet], secrets: {DB_PASSWORD: shared}}
  db: {image: 'postgres:16', tier: data, ports: ['5432:5432'], secrets: {POSTGRES_PASSWORD: shared}, volumes: {data: /var/lib/postgresql/data}}
"""


def begun(tmp_path: Path, text: str = DESIGN) -> Session:
    """A session in an empty folder on a design that lies elsewhere."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "mine.yaml").write_text(text)
    return Session.begin(tmp_path / "shop", tmp_path / "mine.yaml")


class TestWhatFollows:
    def test_tiers_and_needs_are_those_of_the_design(self, tmp_path: Path) -> None:
        session = begun(tmp_path)
        assert {name: placed.tier for name, placed in session.design.tiers.items()} == {"proxy": Tier.EDGE, "app": Tier.APP, "db": Tier.DATA}
        assert {(one.source, one.target) for one in session.design.connections} == {("proxy", "app"), ("app", "db"), ("app", "internet")}

    def test_nobody_meets_whom_it_does_not_need(self, tmp_path: Path) -> None:
        session = begun(tmp_path)
        assert session.design.networks.strategy == LEAST
        assert not any({"proxy", "db"} <= set(network.services) for network in session.design.networks.networks.values())
        assert session.outcome().reach_after.between("proxy", "db") is None
        assert session.outcome().reach_after.between("app", "db") is not None

    def test_a_databases_port_is_for_this_host(self, tmp_path: Path) -> None:
        addresses = {one.service: one.address for one in begun(tmp_path).design.published}
        assert addresses == {"proxy": "", "db": "127.0.0.1"}

    def test_what_the_design_says_of_its_own_stays(self, tmp_path: Path) -> None:
        session = begun(tmp_path, DESIGN + "target: {kind: both}\nprivileges: {app: {drop: [ALL]}}\ntiers: {ops: [app]}\n")
        assert session.design.target.kind == "both"
        assert session.design.tiers["app"].tier == Tier.OPS
        assert session.design.privileges["app"].drop == ("ALL",)

    def test_the_design_can_be_written_and_read_back(self, tmp_path: Path) -> None:
        design = begun(tmp_path).design
        assert file.load(file.dump(design)).services == design.services

    def test_another_service_changes_the_project_and_undo_takes_it_back(self, tmp_path: Path) -> None:
        session = begun(tmp_path)
        without = {name: one for name, one in session.design.services.items() if name != "proxy"}
        after = session.decide(replace(session.design, services=without), "no proxy")
        assert set(after.project.services) == {"app", "db"}
        assert set(after.undo().project.services) == {"proxy", "app", "db"}
        assert set(after.undo().redo().project.services) == {"app", "db"}


class TestTheFiles:
    def test_are_read_by_the_reference(self, tmp_path: Path) -> None:
        reference = program()
        if reference is None:
            pytest.skip("no docker-compose here")
        done = export(begun(tmp_path).outcome().hardening)
        assert (done.folder, done.backup) == (tmp_path / "shop", None)
        model, error = ask(reference, done.folder, [], {})
        assert model is not None, error
        assert set(model["services"]["app"]["networks"]) & set(model["services"]["db"]["networks"])
        assert model["services"]["db"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/shared"
        assert model["services"]["app"]["environment"]["DB_PASSWORD_FILE"] == "/run/secrets/shared"

    def test_explain_themselves_to_a_newcomer(self, tmp_path: Path) -> None:
        export(begun(tmp_path).outcome().hardening)
        text = (tmp_path / "shop/compose.yaml").read_text()
        assert text.startswith("# A project for Docker")
        assert "  # edge: the front door, which visitors reach from outside\n  # talks to app\n  proxy:" in text

    def test_have_random_values_that_are_made_once(self, tmp_path: Path) -> None:
        hardening = begun(tmp_path).outcome().hardening
        export(hardening)
        secret = tmp_path / "shop/secrets/shared"
        value = secret.read_text()
        assert len(value) == 32
        assert stat.S_IMODE(secret.stat().st_mode) == 0o444
        assert export(hardening).files == ()
        assert secret.read_text() == value

    def test_have_their_networks_as_plain_commands_too(self, tmp_path: Path) -> None:
        export(begun(tmp_path).outcome().hardening)
        done = subprocess.run(["sh", tmp_path / "shop/docker-objects.sh", "--dry-run", "networks"], capture_output=True, text=True, check=True)
        wanted = load_project([tmp_path / "shop/compose.yaml"], environ={}).networks
        assert wanted
        lines = {line.rpartition(" ")[2]: line for line in done.stdout.splitlines()}
        assert set(lines) == {network.name for network in wanted.values() if network.used}
        assert all(("--internal" in lines[network.name]) is network.internal for network in wanted.values() if network.used)

    def test_run_from_the_folder_they_are_written_to(self, tmp_path: Path) -> None:
        (tmp_path / "mine.yaml").write_text(DESIGN)
        (tmp_path / "empty").mkdir()
        done = call("harden", tmp_path / "empty", "--design", tmp_path / "mine.yaml", "--target", "both", "-o", tmp_path / "out")
        assert done.code == 0, done.err
        assert {"compose.yaml", "stack.yaml", "docker-objects.sh", "README.md", "secrets"} <= {path.name for path in (tmp_path / "out").iterdir()}
        assert load_project([tmp_path / "out/compose.yaml"], environ={}).secrets["shared"].file == str(tmp_path / "out/secrets/shared")
        assert list((tmp_path / "empty").iterdir()) == []
        again = call("harden", tmp_path / "out", "--check")
        assert again.code == 0, again.out


class TestAnEmptyFolder:
    def test_gives_a_design_that_explains_itself_and_works(self, tmp_path: Path) -> None:
        (tmp_path / "shop").mkdir()
        done = call("design", tmp_path / "shop", "-o")
        assert done.code == 0, done.err
        text = (tmp_path / "shop/batten.yaml").read_text()
        assert "Change the example under 'services'" in text
        assert file.load(text).services == beginning.EXAMPLE
        assert call("harden", tmp_path / "shop").code == 0

    @pytest.mark.parametrize("name", ["notes.txt", ".env"])
    def test_with_other_files_is_not_taken_for_a_beginning(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("")
        done = call("harden", tmp_path)
        assert (done.code, done.out) == (2, "")
        assert "no compose file" in done.err

    def test_never_replaces_what_is_there(self, tmp_path: Path) -> None:
        (tmp_path / "mine.yaml").write_text(DESIGN)
        (tmp_path / "out").mkdir()
        (tmp_path / "out/compose.yaml").write_text("mine")
        (tmp_path / "empty").mkdir()
        done = call("harden", tmp_path / "empty", "--design", tmp_path / "mine.yaml", "-o", tmp_path / "out")
        assert done.code == 2
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["compose.yaml"]


HOSTILE = {
    "a service's quote": ('services: {"a\'b": {image: x}}', "cannot be the name of a service"),
    "a service that runs": ('services: {"$(id)": {image: x}}', "cannot be the name of a service"),
    "a service on two lines": ('services: {"a\\nb": {image: x}}', "cannot be the name of a service"),
    "a long service": (f"services: {{{'a' * 200}: {{image: x}}}}", "cannot be the name of a service"),
    "a service in unicode": ("services: {größe: {image: x}}", "cannot be the name of a service"),
    "an option as a service": ("services: {-rm: {image: x}}", "cannot be the name of a service"),
    "a secret that runs": ('services: {a: {image: x, secrets: {A: "$(id)"}}}', "cannot be the name of a secret"),
    "a secret elsewhere": ("services: {a: {image: x, secrets: {A: ../../etc/passwd}}}", "cannot be the name of a secret"),
    "a variable": ('services: {a: {image: x, environment: {"A B": x}}}', "cannot stand under environment"),
    "an image": ('services: {a: {image: "x\\ny"}}', "is not the name of an image"),
    "a port": ("services: {a: {image: x, ports: ['80:80; id']}}", "is not a port"),
    "a port too high": ("services: {a: {image: x, ports: ['99999:80']}}", "is not a port"),
    "a volume": ("services: {a: {image: x, volumes: {v: relative}}}", "is not a folder inside a container"),
    "a need": ("services: {a: {image: x, needs: [nobody]}}", "which is no service of this design"),
    "a tier": ("services: {a: {image: x, tier: top}}", "is not a tier"),
    "nothing": ("services: {}", "needs at least one service"),
}


class TestWhatIsRefused:
    @pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE.keys())
    def test_is_said_and_nothing_is_written(self, tmp_path: Path, text: str, message: str) -> None:
        with pytest.raises(BattenError, match=message) as caught:
            begun(tmp_path, f"version: 1\n{text}\n")
        assert isinstance(caught.value, DesignError)
        assert list((tmp_path / "shop").iterdir()) == []

    def test_a_hostile_value_of_a_setting_is_a_value(self, tmp_path: Path) -> None:
        text = 'version: 1\nservices: {a: {image: x, environment: {A: "$(id) `id` ${B} \'\\"\\n# x"}}}\n'
        export(begun(tmp_path, text).outcome().hardening)
        found = load_project([tmp_path / "shop/compose.yaml"], environ={}).services["a"].environment["A"].value
        assert found is not None
        assert found.reveal() == "$(id) `id` ${B} '\"\n# x"
