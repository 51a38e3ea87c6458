"""A plan is what is missing for a design to hold, and nothing once it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.compose import load_project
from batten.design import Design
from batten.design.proposal import propose
from batten.design.sections.networks import Networks, PlannedNetwork
from batten.design.sections.privileges import Privilege
from batten.design.sections.published import Publication
from batten.design.sections.secrets import SecretDecision
from batten.errors import DesignError
from batten.hardening import harden
from batten.model import Action, Project, Risk
from batten.plan import plan
from batten.plan.secrets import secret_value
from tests.support import project_of

TWO = """
services:
  db:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: correct-horse}
  replica:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: correct-horse}
    cap_drop: [NET_RAW]
"""


@pytest.fixture
def two(tmp_path: Path) -> Project:
    """Two databases with one password."""
    return project_of(TWO, tmp_path)


def _moves(*services: str, secret: str = "pw") -> Design:
    return Design(secrets=tuple(SecretDecision(one, "POSTGRES_PASSWORD", secret, "file", "it can") for one in services))


class TestDecisions:
    def test_ids_are_unique_and_name_their_decision(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"], environ={})
        changes = plan(project, propose(project))
        assert len({change.id for change in changes}) == len(changes) > 30
        assert all(change.id.startswith(change.decision.partition(".")[0]) for change in changes)
        assert all(change.why.endswith(".") for change in changes)

    def test_no_change_shows_a_value(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"], environ={})
        assert "kelp-lantern" not in repr(plan(project, propose(project)))

    def test_two_decisions_may_want_the_same_thing(self, two: Project) -> None:
        changes = plan(two, _moves("db", "replica"))
        assert [change.decision for change in changes if change.path == ("secrets", "pw")] == [
            "secrets.db.POSTGRES_PASSWORD",
            "secrets.replica.POSTGRES_PASSWORD",
        ]

    def test_either_of_them_can_be_left_out(self, two: Project) -> None:
        done = harden(two, _moves("replica"))
        assert "pw" in done.after.secrets
        assert "POSTGRES_PASSWORD" in done.after.services["db"].environment

    def test_two_that_want_different_things_are_an_error(self, two: Project) -> None:
        first, second = _moves("db").secrets[0], _moves("db", secret="other").secrets[0]
        with pytest.raises(DesignError, match="want different things at services"):
            plan(two, Design(secrets=(first, second)))

    def test_an_external_network_is_not_made_internal(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a: {image: a, networks: [n]}\nnetworks:\n  n: {external: true}\n", tmp_path)
        with pytest.raises(DesignError, match="external"):
            plan(project, Design(networks=Networks("keep", {"n": PlannedNetwork(("a",), internal=True)})))

    def test_the_value_of_a_secret_is_found(self, two: Project) -> None:
        credential = secret_value(two, "pw", _moves("db"))
        assert credential is not None and credential.value.reveal() == "correct-horse"
        assert secret_value(two, "another", _moves("db")) is None


class TestWhatHoldsAlready:
    def test_hardening_again_changes_nothing(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"], environ={})
        design = propose(project)
        assert plan(harden(project, design).after, design) == ()

    def test_a_capability_that_is_dropped_is_not_dropped_again(self, two: Project) -> None:
        design = Design(privileges={name: Privilege(("NET_RAW",), False, True) for name in two.services})
        assert [change.path[1] for change in plan(two, design)] == ["db"]

    def test_a_subject_that_is_gone_is_no_error(self, two: Project) -> None:
        gone = Design(
            secrets=_moves("gone").secrets,
            published=(Publication("gone", 80, "tcp", "80", "127.0.0.1", ""),),
            privileges={"gone": Privilege(("NET_RAW",), True, True)},
        )
        assert plan(two, gone) == ()

    def test_the_empty_design_wants_nothing(self, two: Project) -> None:
        assert plan(two, Design()) == ()


class TestRisks:
    def test_by_what_is_known(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"], environ={})
        risks: dict[str, set[Risk]] = {}
        for change in plan(project, propose(project)):
            risks.setdefault(change.decision, set()).add(change.risk)
        assert risks["networks"] == {Risk.CHECK}
        assert risks["privileges.db"] == {Risk.SAFE}
        assert risks["privileges.db/confined"] == {Risk.CHECK}
        assert risks["privileges.web"] == {Risk.CHECK}
        assert risks["published.db.5432/tcp"] == {Risk.CHECK}

    def test_who_leaves_a_network_with_a_name_of_its_own_is_told(self, tmp_path: Path) -> None:
        text = "services:\n  a: {image: a, networks: [n]}\n  b: {image: b, networks: [own]}\nnetworks:\n  n: {name: shared}\n  own: {}\n"
        design = Design(networks=Networks("tiers", {"m": PlannedNetwork(("a", "b"))}))
        whys = {change.path[1]: change.why for change in plan(project_of(text, tmp_path), design) if len(change.path) == 3}
        assert whys["a"] == "a meets only the services it needs. Other projects that join shared no longer meet it there."
        assert whys["b"] == "b meets only the services it needs."

    def test_a_new_network_reaches_as_far_as_the_old_one(self, tmp_path: Path) -> None:
        text = "services:\n  a: {image: a, networks: [n]}\nnetworks:\n  n: {driver: overlay, attachable: true}\n"
        project = project_of(text, tmp_path)
        design = Design(networks=Networks("tiers", {"m": PlannedNetwork(("a",), internal=True)}))
        change = next(one for one in plan(project, design) if one.path == ("networks", "m"))
        assert change.value == {"driver": "overlay", "attachable": True, "internal": True}
        assert harden(project, design).after.networks["m"].driver == "overlay"

    def test_a_membership_keeps_its_options(self, tmp_path: Path) -> None:
        text = "services:\n  a: {image: a, networks: {n: {aliases: [alpha], priority: 5}}}\nnetworks:\n  n: {}\n"
        project = project_of(text, tmp_path)
        design = Design(networks=Networks("tiers", {"n": PlannedNetwork(("a",)), "m": PlannedNetwork(("a",))}))
        change = next(one for one in plan(project, design) if one.path == ("services", "a", "networks"))
        assert change.action == Action.SET
        assert change.value["n"] == {"aliases": ["alpha"], "priority": 5}
        assert change._replace(value=None).risk == Risk.CHECK


class TestAFileForItsOwnerAlone:
    TEXT = (
        "services:\n  es: {image: 'elasticsearch:8.15.0', environment: {ELASTIC_PASSWORD: kelp-lantern}}\n"
        "  gf: {image: 'grafana/grafana:11.1.0', environment: {GF_SECURITY_ADMIN_PASSWORD: kelp-lantern}}\n"
    )

    def test_is_to_be_given_to_the_user_of_the_container(self, tmp_path: Path) -> None:
        project = project_of(self.TEXT, tmp_path)
        ours = [change for change in plan(project, propose(project)) if change.decision == "secrets.es.ELASTIC_PASSWORD"]
        assert {change.risk for change in ours} == {Risk.CHECK}
        assert all("'chown 1000 secrets/elastic_password' before the start" in change.why for change in ours)

    def test_is_nobody_elses(self, tmp_path: Path) -> None:
        project = project_of(self.TEXT, tmp_path)
        assert {one.secret for one in propose(project).secrets} == {"elastic_password", "gf_security_admin_password"}
