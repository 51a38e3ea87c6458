"""Plan, apply, read again, prove: decisions are done whole or not at all, and never without their consent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batten import hardening
from batten.compose import load_project
from batten.compose.loader import load
from batten.compose.rewriting import Rewritten, rewrite
from batten.design import Design
from batten.design.proposal import propose
from batten.design.sections.networks import Networks, PlannedNetwork
from batten.design.sections.published import Publication
from batten.design.sections.target import Target
from batten.errors import BattenError
from batten.hardening import first_difference, harden
from batten.model import Change, Project, Risk
from batten.plan import plan
from tests.support import project_of

GOLDEN = Path(__file__).parent / "goldens" / "hardened" / "demo.yaml"


@pytest.fixture
def shop(demo: Path) -> Project:
    """The demo."""
    return load_project([demo / "compose.yaml"], environ={})


class TestTheDemo:
    def test_hardened_as_reviewed(self, shop: Project) -> None:
        made = harden(shop, propose(shop)).rewritten.files
        assert [file.path for file in made] == ["compose.yaml"]
        assert made[0].text == GOLDEN.read_text(encoding="utf-8")
        assert "/run/secrets/db_password" in made[0].text

    def test_nothing_on_disk_changes(self, shop: Project, demo: Path) -> None:
        before = {path: path.read_bytes() for path in demo.rglob("*") if path.is_file()}
        harden(shop, propose(shop))
        assert {path: path.read_bytes() for path in demo.rglob("*") if path.is_file()} == before

    def test_nothing_is_refused_or_declined(self, shop: Project) -> None:
        done = harden(shop, propose(shop))
        assert (done.refusals, done.declined) == ((), ())
        assert load(done.rewritten.request(shop, done.home), done.rewritten.overlay(done.home)).tree.plain() == done.after.tree.plain()


class TestRisk:
    def test_a_decision_above_the_accepted_risk_is_declined_whole(self, shop: Project) -> None:
        done = harden(shop, propose(shop), accept=Risk.SAFE)
        assert {change.risk for change in done.changes} == {Risk.SAFE}
        assert not {change.decision for change in done.changes} & {change.decision for change in done.declined}
        assert "networks" in {change.decision for change in done.declined}
        assert set(done.after.networks) == {"default"}

    def test_the_riskiest_change_decides_for_its_decision(self, shop: Project) -> None:
        changes = plan(shop, propose(shop))
        first = next(change for change in changes if change.decision == "privileges.db/confined")
        mixed = tuple(change._replace(risk=Risk.BREAKING) if change is first else change for change in changes)
        taken, left = hardening._by_risk(mixed, Risk.CHECK, Design())
        assert {change.decision for change in left} == {"privileges.db/confined"}
        assert len(left) == 6 and len(taken) + len(left) == len(changes)

    @pytest.mark.parametrize(
        ("accept", "consents", "done"),
        [(Risk.BREAKING, ("privileges.db/confined",), True), (Risk.BREAKING, (), False), (Risk.CHECK, ("privileges.db/confined",), False)],
    )
    def test_what_breaks_needs_consent_as_well(self, accept: Risk, consents: tuple[str, ...], done: bool, shop: Project) -> None:
        changes = tuple(change._replace(risk=Risk.BREAKING) for change in plan(shop, propose(shop)) if change.decision == "privileges.db/confined")
        taken, _ = hardening._by_risk(changes, accept, Design(consents=consents))
        assert bool(taken) is done


class TestRefusals:
    def test_what_cannot_be_written_is_refused_and_the_rest_is_done(self, tmp_path: Path) -> None:
        text = 'services:\n  db:\n    image: postgres:16\n    ports: ["${BIND}5432:5432"]\n'
        project = project_of(text, tmp_path, _dot_env="BIND=0.0.0.0:\n")
        done = harden(project, propose(project))
        assert [refusal.reason for refusal in done.refusals] == ["its address comes from a variable"]
        assert "privileges.db" in {change.decision for change in done.changes}
        assert "published.db.5432/tcp" not in {change.decision for change in done.changes}
        assert done.after.services["db"].ports[0].host_ip == "0.0.0.0"

    def test_what_would_mean_something_else_is_refused(self, shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        def spoiled(project: Project, changes: tuple[Change, ...], home: Path, *, named: bool) -> Rewritten:
            made = rewrite(project, changes, home, named=named)
            if not any(change.decision == "privileges.cache/confined" for change in changes):
                return made
            files = tuple(file._replace(text=file.text.replace("image: redis:7-alpine", "image: redis:8")) for file in made.files)
            return replace(made, files=files)

        monkeypatch.setattr(hardening, "rewrite", spoiled)
        done = harden(shop, propose(shop))
        assert [refusal.change.decision for refusal in done.refusals] == ["privileges.cache/confined"]
        assert done.refusals[0].reason == "'services.cache.image' would not be what was intended"
        assert done.after.services["cache"].image == "redis:7-alpine"
        assert "networks" in {change.decision for change in done.changes}

    def test_a_stack_cannot_replace_what_another_file_says(self, tmp_path: Path) -> None:
        text = "services:\n  web: {image: 'example.org/web', networks: [one]}\nnetworks:\n  one:\n  two:\n"
        project_of(text, tmp_path, more_dot_yaml="services:\n  web: {networks: [two]}\n")
        project = load_project([tmp_path / "shop" / name for name in ("compose.yaml", "more.yaml")], environ={})
        wanted = Design(networks=Networks("tiers", {"three": PlannedNetwork(("web",))}))
        assert harden(project, wanted).rewritten.needs == "Docker Compose 2.24.4 or newer"
        stack = harden(project, replace(wanted, target=Target("stack")))
        assert [refusal.reason for refusal in stack.refusals] == ["it would have to replace what another file says, which a stack file cannot"]
        assert stack.rewritten.files == ()

    def test_a_project_that_is_not_what_lies_on_the_disk_is_an_error_even_where_nothing_changes(self, shop: Project) -> None:
        design = propose(shop)
        hardened = harden(shop, design).after
        assert plan(hardened, design) == ()
        with pytest.raises(BattenError, match="could not be rewritten"):
            harden(hardened, design)


class TestElsewhere:
    def test_the_project_keeps_its_name_and_its_values(self, shop: Project, tmp_path: Path) -> None:
        done = harden(shop, propose(shop), into=tmp_path / "out")
        assert done.after.name == shop.name
        assert {file.path for file in done.rewritten.files} == {"compose.yaml", ".env"}
        assert done.after.services["worker"].environment["SMTP_PASSWORD"].value == shop.services["worker"].environment["SMTP_PASSWORD"].value

    def test_secrets_are_looked_for_in_the_new_folder(self, shop: Project, tmp_path: Path) -> None:
        done = harden(shop, propose(shop), into=tmp_path / "out")
        assert done.after.secrets["db_password"].file == str(tmp_path / "out" / "secrets" / "db_password")

    def test_a_stack_file_does_not_name_its_project(self, tmp_path: Path) -> None:
        text = "services:\n  web:\n    image: nginx:1\n    networks: [front]\nnetworks:\n  front: {driver: overlay}\n"
        shop = project_of(text, tmp_path)
        assert propose(shop).target.kind == "stack"
        done = harden(shop, propose(shop), into=tmp_path / "elsewhere")
        assert "name:" not in done.rewritten.files[0].text, "docker stack deploy refuses it"
        assert done.rewritten.name == done.after.name == "shop"


class TestFirstDifference:
    def test_says_where_and_never_what(self) -> None:
        assert first_difference({"a": {"b": 1}}, {"a": {"b": 1}}) is None
        assert first_difference({"a": {"b": "hunter"}}, {"a": {"b": "other"}}) == "a.b"
        assert first_difference({"a": {}}, {"a": {"c": 1}}) == "a.c"
        assert first_difference({"a": [1]}, {"a": [2]}) == "a"

    def test_fragments_at_the_top_mean_nothing(self) -> None:
        assert first_difference({"x-env": 1}, {}) is None
        assert first_difference({"services": {"x-a": 1}}, {"services": {}}) == "services.x-a"


class TestUserDesigns:
    def test_a_port_for_every_address_again(self, tmp_path: Path) -> None:
        project = project_of('services:\n  web:\n    image: nginx:1.27\n    ports: ["127.0.0.1:80:80"]\n', tmp_path)
        done = harden(project, Design(published=(Publication("web", 80, "tcp", "80", "", "as before"),)))
        assert done.rewritten.files[0].text.splitlines()[3] == '    ports: ["80:80"]'
