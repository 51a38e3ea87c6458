"""What the steps ask about the demo shop, and what the answers do to the design."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from batten.design import file
from batten.design.sections.mtls import Link, MutualTls
from batten.design.sections.networks import KEEP, LEAST
from batten.design.sections.privileges import Privilege
from batten.errors import DesignError
from batten.model import Risk, Span, Tier
from batten.review.finding import Confidence, Finding, Fix, Severity
from batten.session import Session
from tests.support import project_of
from wizards.connections import ADDED, DROPPED, added_pairs
from wizards.questions import Answer, Question, decide
from wizards.remedies import REMEDIES
from wizards.rights import RIGHTS
from wizards.steps import STEPS, step

RULES = Path(__file__).parent.parent.parent / "batten" / "review" / "rules"


@pytest.fixture
def shop(demo: Path) -> Session:
    return Session.open([demo / "compose.yaml"])


def question(session: Session, id: str) -> Question:
    found = [one for one in step(id.partition(".")[0]).questions(session) if one.id == id]
    assert len(found) == 1, f"{id} is asked {len(found)} times"
    return found[0]


def answered(session: Session, id: str, value: Answer) -> Session:
    return decide(session, step(id.partition(".")[0]), question(session, id), value)


class TestEveryStep:
    @pytest.mark.parametrize("one", STEPS, ids=lambda one: one.name)
    def test_speaks_for_itself(self, one: object, shop: Session) -> None:
        this = next(known for known in STEPS if known is one)
        assert this.applies(shop) or this.name == "services", "that one is for an empty folder"
        assert this.why.endswith(".")
        assert len(this.title) <= 9, "it has to fit the line of steps"

    @pytest.mark.parametrize("one", STEPS, ids=lambda one: one.name)
    def test_answering_what_holds_changes_nothing(self, one: object, shop: Session) -> None:
        this = next(known for known in STEPS if known is one)
        for asked in this.questions(shop):
            assert this.answer(shop.design, asked.id, asked.default, shop.project) == shop.design, asked.id

    def test_ids_are_unique_and_begin_with_the_step(self, shop: Session) -> None:
        ids = [(this.name, asked.id) for this in STEPS for asked in this.questions(shop)]
        assert len(set(ids)) == len(ids) > 40
        assert all(id.startswith(f"{name}.") for name, id in ids)

    def test_defaults_are_possible_answers(self, shop: Session) -> None:
        for this in STEPS:
            for asked in this.questions(shop):
                asked.check(asked.default)

    def test_no_question_shows_a_secret(self, shop: Session) -> None:
        text = repr([this.questions(shop) for this in STEPS])
        assert "Winkle" not in text
        assert "kelp-lantern" not in text

    def test_a_project_without_anything_to_decide_skips_steps(self, tmp_path: Path) -> None:
        session = Session(project := project_of("services: {a: {image: nginx}}", tmp_path), Session.open([tmp_path / "shop/compose.yaml"]).design)
        assert project.services
        assert [this.name for this in STEPS if not this.applies(session)] == ["services", "connections", "secrets", "published", "sockets", "mtls"]


class TestTiers:
    def test_another_tier_cuts_the_networks_anew(self, shop: Session) -> None:
        after = answered(shop, "tiers.worker", "job")
        assert after.design.tiers["worker"].tier == Tier.JOB
        assert "job-cache" in after.design.networks.networks
        assert after.past[-1].label == "worker: job"

    def test_a_port_follows_its_service(self, shop: Session) -> None:
        after = answered(shop, "tiers.db", "app")
        assert [one.address for one in after.design.published if one.service == "db"] == [""]

    def test_a_port_that_the_user_bound_stays(self, shop: Session) -> None:
        bound = answered(shop, "published.db.5432/tcp", "10.0.0.4")
        after = answered(bound, "tiers.db", "app")
        assert [one.address for one in after.design.published if one.service == "db"] == ["10.0.0.4"]

    def test_networks_that_are_kept_stay_kept(self, shop: Session) -> None:
        after = answered(answered(shop, "networks.strategy", KEEP), "tiers.db", "app")
        assert after.design.networks.strategy == KEEP


class TestConnections:
    def test_asks_about_what_only_the_order_of_starting_speaks_for(self, shop: Session) -> None:
        found = question(shop, "connections.worker")
        assert [choice.value for choice in found.choices] == ["api"] == list(found.default)
        assert found.choices[0].hint.startswith("started after it")
        assert {one.text.partition(":")[0] for one in found.evidence} == {"needs db", "needs cache"}

    def test_what_is_not_needed_is_cut_off(self, shop: Session) -> None:
        after = answered(shop, "connections.worker", ())
        assert ("worker", "api") not in {(one.source, one.target) for one in after.design.connections}
        assert after.outcome().reach_after.unmet == ()
        assert not any({"worker", "api"} <= set(network.services) and len(network.services) == 2 for network in after.design.networks.networks.values())
        assert len(after.outcome().reach_after.service_paths) <= len(shop.outcome().reach_after.service_paths)

    def test_it_can_be_taken_back(self, shop: Session) -> None:
        after = answered(answered(shop, "connections.worker", ()), "connections.worker", ("api",))
        assert {(one.source, one.target) for one in after.design.connections} == {(one.source, one.target) for one in shop.design.connections}
        assert after.design.networks == shop.design.networks


class TestNetworks:
    def test_keeping_them_leaves_the_one_network(self, shop: Session) -> None:
        after = answered(shop, "networks.strategy", KEEP)
        assert list(after.design.networks.networks) == ["default"]
        assert answered(after, "networks.strategy", LEAST).design == shop.design

    def test_a_network_gets_its_way_out_back(self, shop: Session) -> None:
        after = answered(shop, "networks.data-db.internal", "open")
        assert not after.design.networks.networks["data-db"].internal

    def test_new_networks_get_addresses_of_their_own_and_keep_them_when_cut_anew(self, shop: Session) -> None:
        asked = answered(shop, "networks.addresses", "own")
        subnets = {name: one.subnet for name, one in asked.design.networks.networks.items()}
        assert all(subnets.values())
        assert answered(asked, "networks.addresses", "pools").design == shop.design
        after = answered(asked, "connections.worker", ()).design.networks.networks
        assert all(one.subnet == subnets.get(name, one.subnet) != "" for name, one in after.items())

    def test_members_are_what_was_ticked(self, shop: Session) -> None:
        after = answered(shop, "networks.edge-api.services", ("proxy", "web"))
        assert after.design.networks.networks["edge-api"].services == ("proxy", "web")
        assert {(one.source, one.target) for one in after.outcome().reach_after.unmet} >= {("web", "api")}

    def test_a_project_with_networks_of_its_own_keeps_them(self, tmp_path: Path) -> None:
        text = "services: {a: {image: x, networks: [one]}, b: {image: y, networks: [one, two]}}\nnetworks: {one: {}, two: {internal: true}}"
        project = project_of(text, tmp_path)
        session = Session.open([tmp_path / "shop/compose.yaml"])
        assert question(session, "networks.strategy").settled
        ids = [one.id for one in step("networks").questions(session)]
        assert "networks.two.internal" not in ids, "it is internal already, and stays it"
        assert "networks.one.internal" in ids
        assert list(project.networks) == ["one", "two"]


class TestSecrets:
    def test_one_that_can_move_may_stay(self, shop: Session) -> None:
        after = answered(shop, "secrets.db.POSTGRES_PASSWORD", "keep")
        assert [one.how for one in after.design.secrets if one.service == "db"] == ["keep"]
        assert "POSTGRES_PASSWORD" in after.outcome().hardening.after.services["db"].environment

    def test_one_that_cannot_move_is_not_asked(self, shop: Session) -> None:
        found = question(shop, "secrets.worker.DATABASE_URL")
        assert found.settled
        assert "do not know" in found.why


class TestPublished:
    def test_an_address_may_be_typed(self, shop: Session) -> None:
        after = answered(shop, "published.dashboard.9000/tcp", "192.168.1.5")
        assert question(after, "published.dashboard.9000/tcp").default == "192.168.1.5"

    def test_what_is_no_address_is_refused(self, shop: Session) -> None:
        with pytest.raises(DesignError, match="'office' is not an address"):
            answered(shop, "published.dashboard.9000/tcp", "office")

    def test_everybody(self, shop: Session) -> None:
        after = answered(shop, "published.db.5432/tcp", "all")
        assert [one.address for one in after.design.published if one.service == "db"] == [""]


class TestPrivileges:
    @pytest.mark.parametrize(("answer", "drop", "restrict"), [("light", ("NET_RAW",), True), ("nothing", (), False), ("capabilities", ("ALL",), True)])
    def test_each_level_takes_more(self, shop: Session, answer: str, drop: tuple[str, ...], restrict: bool) -> None:
        after = answered(shop, "privileges.db", answer).design.privileges["db"]
        assert (after.drop, after.no_new_privileges) == (drop, restrict)

    def test_all_is_only_offered_where_it_is_known_what_the_image_needs(self, shop: Session) -> None:
        offered = {name: [one.value for one in question(shop, f"privileges.{name}").choices] for name in ("db", "api")}
        assert offered == {"db": ["nothing", "light", "capabilities", "tight"], "api": ["nothing", "light"]}
        assert "nobody has looked into what its image needs" in question(shop, "privileges.api").why

    def test_a_hint_says_what_could_stop_working(self, shop: Session) -> None:
        hint = next(one.hint for one in question(shop, "privileges.db").choices if one.value == "tight")
        assert "read-only but for volumes and /var/run/postgresql, /tmp" in hint
        assert "started as postgres: its volumes must belong to it" in hint

    def test_who_takes_all_is_asked_for_memory_and_a_profile(self, shop: Session) -> None:
        asked = [one.id for one in step("privileges").questions(answered(shop, "privileges.db", "tight"))]
        assert [id for id in asked if id.startswith("privileges.db")] == ["privileges.db", "privileges.db/memory", "privileges.db/apparmor"]

    def test_a_limit_of_memory_is_never_guessed(self, shop: Session) -> None:
        tight = answered(shop, "privileges.db", "tight")
        assert tight.design.privileges["db"].memory == ""
        after = answered(tight, "privileges.db/memory", "512m")
        assert after.outcome().hardening.after.tree.get("services", "db", "mem_limit").data == str(512 << 20)  # type: ignore[union-attr]
        assert question(after, "privileges.db/memory").default == "512m"

    @pytest.mark.parametrize("value", ["much", "1m", "-1g", "512 m; rm", "0"])
    def test_what_is_no_limit_is_refused(self, shop: Session, value: str) -> None:
        with pytest.raises(DesignError, match="no limit of memory"):
            answered(answered(shop, "privileges.db", "tight"), "privileges.db/memory", value)

    def test_another_level_keeps_what_was_asked_apart(self, shop: Session) -> None:
        tight = answered(answered(shop, "privileges.db", "tight"), "privileges.db/apparmor", "complain")
        assert answered(tight, "privileges.db", "capabilities").design.privileges["db"].apparmor == "complain"
        assert answered(tight, "privileges.db", "nothing").design.privileges["db"].apparmor == ""

    def test_a_filter_that_is_off_is_asked_about(self, tmp_path: Path) -> None:
        project_of("services:\n  a:\n    image: acme/a\n    security_opt: ['seccomp:unconfined']\n", tmp_path)
        session = Session.open([tmp_path / "shop/compose.yaml"])
        after = answered(session, "privileges.a/seccomp", "default")
        assert after.outcome().hardening.after.services["a"].security_opt == ("no-new-privileges:true",)
        assert answered(after, "privileges.a/seccomp", "unconfined").design == session.design

    def test_what_a_file_says_otherwise_is_shown_as_such(self, shop: Session) -> None:
        held = {**shop.design.privileges, "web": Privilege(("CHOWN",))}
        found = question(replace(shop, design=replace(shop.design, privileges=held)), "privileges.web")
        assert found.default == "designed"
        assert found.label("designed") == "what the design file says"


class TestReview:
    def test_what_is_kept_has_a_reason(self, shop: Session) -> None:
        kept = answered(shop, "review.exposed-database.db", "keep")
        after = answered(kept, "review.exposed-database.db.reason", "the analysts connect from the office")
        assert [one.reason for one in after.design.keeps if one.rule == "exposed-database"] == ["the analysts connect from the office"]
        assert [one.address for one in after.design.published if one.service == "db"] == [""], "a kept finding is not mended behind the user's back"

    def test_mending_again_brings_the_proposal_back(self, shop: Session) -> None:
        kept = answered(shop, "review.secret-in-environment.api", "keep")
        assert {one.how for one in kept.design.secrets if one.service == "api"} == {"keep"}
        after = answered(kept, "review.secret-in-environment.api", "mend")
        assert {one.how for one in after.design.secrets if one.service == "api"} == {"file"}
        assert not [one for one in after.design.keeps if (one.rule, one.service) == ("secret-in-environment", "api")]

    def test_leaving_a_flat_network_keeps_the_network(self, shop: Session) -> None:
        assert answered(shop, "review.flat-network", "leave").design.networks.strategy == KEEP

    def test_what_batten_cannot_mend_is_not_offered_to_be_mended(self, shop: Session) -> None:
        assert [one.value for one in question(shop, "review.docker-socket.dashboard").choices] == ["leave", "keep"]
        after = answered(shop, "review.docker-socket.dashboard", "leave")
        assert not [one for one in after.design.keeps if one.rule == "docker-socket"]


class TestAnAnswer:
    def test_that_is_none_of_the_choices_is_refused(self, shop: Session) -> None:
        with pytest.raises(DesignError, match=r"'cellar' is not an answer to 'tiers\.db'"):
            answered(shop, "tiers.db", "cellar")

    def test_that_is_a_list_where_one_is_wanted_is_refused(self, shop: Session) -> None:
        with pytest.raises(DesignError, match="takes one answer"):
            answered(shop, "tiers.db", ("app",))

    def test_that_is_one_where_a_list_is_wanted_is_refused(self, shop: Session) -> None:
        with pytest.raises(DesignError, match="takes a list"):
            answered(shop, "networks.data-db.services", "db")

    def test_that_holds_already_is_no_decision(self, shop: Session) -> None:
        assert answered(shop, "tiers.db", "data") is shop


class TestRemedies:
    """What mends a finding, by the section that its fix names."""

    def finding(self, rule: str, service: str | None) -> Finding:
        fix = Fix("take away what it does not need", Risk.CHECK, "privileges")
        return Finding(rule, Severity.LOW, Confidence.HIGH, Span("compose.yaml", 0, 1, 1, 1), (), service, "Made up", "For a test.", fix, ())

    @pytest.mark.parametrize(
        ("rule", "service"),
        [
            (rule, service)
            for rule in RIGHTS
            for service in ("db", None)
            if rule != "security-profile-off" and (rule, service) != ("dangerous-capability", "db")
        ],
    )
    def test_rights_are_left_and_taken_again(self, shop: Session, rule: str, service: str | None) -> None:
        remedy, findings = REMEDIES["privileges"], [self.finding(rule, service)]
        taken = remedy.take(shop.design, findings, shop.project)
        assert remedy.taken(taken, findings, shop.project)
        left = remedy.leave(taken, findings, shop.project)
        assert not remedy.taken(left, findings, shop.project)
        changed = {name for name, held in shop.design.privileges.items() if left.privileges[name] != held}
        assert changed <= ({service} if service else set(shop.project.services))

    def test_a_capability_that_somebody_added_goes_and_comes_back(self, tmp_path: Path) -> None:
        project_of("services:\n  db:\n    image: postgres:16\n    cap_add: [CAP_SYS_ADMIN, IPC_LOCK]\n", tmp_path)
        session = Session.open([tmp_path / "shop/compose.yaml"])
        id = "review.dangerous-capability.db"
        assert question(session, id).default == "keep", "nobody tried without it"
        after = answered(session, id, "mend")
        assert after.outcome().hardening.after.services["db"].cap_add == ("IPC_LOCK", *after.design.privileges["db"].add)
        assert not [one for one in after.design.keeps if one.rule == "dangerous-capability"]
        assert answered(after, id, "leave").design.privileges == session.design.privileges

    def test_a_filter_that_is_off_comes_back(self, tmp_path: Path) -> None:
        project_of("services:\n  a:\n    image: acme/a\n    security_opt: ['seccomp=unconfined', 'label=disable']\n", tmp_path)
        session = Session.open([tmp_path / "shop/compose.yaml"])
        after = answered(session, "review.security-profile-off.a", "mend")
        assert after.outcome().hardening.after.services["a"].security_opt == ("label=disable", "no-new-privileges:true")

    def test_every_rule_that_offers_it_is_known(self) -> None:
        offering = {path.stem.replace("_", "-") for path in RULES.glob("*.py") if '"privileges")' in path.read_text()}
        assert offering == set(RIGHTS)

    @pytest.mark.parametrize("section", REMEDIES)
    def test_each_is_for_a_section_of_the_design(self, section: str, shop: Session) -> None:
        assert hasattr(shop.design, section)


class TestFirewall:
    def test_a_port_is_for_the_local_network(self, shop: Session) -> None:
        after = answered(shop, "firewall.80/tcp", "lan")
        assert after.design.firewall.who("80", "tcp") == ("lan",)
        assert question(after, "firewall.80/tcp").default == "lan"
        after = answered(after, "firewall.lan", "192.168.7.0/24, fd00::1")
        assert after.design.firewall.addresses(("lan",)) == ("192.168.7.0/24", "fd00::1/128")

    def test_a_port_is_for_some_addresses_and_then_for_everyone_again(self, shop: Session) -> None:
        after = answered(shop, "firewall.80/tcp", "198.51.100.7, lan")
        assert after.design.firewall.who("80", "tcp") == ("198.51.100.7/32", "lan")
        assert question(after, "firewall.80/tcp").default == "198.51.100.7/32, lan"
        assert answered(after, "firewall.80/tcp", "everyone").design == shop.design

    def test_a_network_connects_to_some_places_only(self, shop: Session) -> None:
        given = "443/tcp; 53/udp@192.0.2.53, lan"
        after = answered(shop, "firewall.edge-api.egress", given)
        assert [str(one) for one in after.design.firewall.egress["edge-api"]] == ["443/tcp", "53/udp from 192.0.2.53/32, lan"]
        assert question(after, "firewall.edge-api.egress").default == "443/tcp; 53/udp@192.0.2.53/32,lan"
        assert answered(after, "firewall.edge-api.egress", "anywhere").design == shop.design
        assert answered(after, "firewall.edge-api.egress", "nowhere").design.firewall.egress == {"edge-api": ()}

    def test_ports_for_this_host_alone_are_not_asked_about(self, shop: Session) -> None:
        asked = {one.id for one in step("firewall").questions(shop)}
        assert "firewall.5432/tcp" not in asked
        opened = answered(shop, "published.db.5432/tcp", "all")
        assert {one.id for one in step("firewall").questions(opened)} == asked | {"firewall.5432/tcp"}

    @pytest.mark.parametrize(
        ("id", "given"),
        [("80/tcp", "office"), ("80/tcp", "fe80::1%$(reboot)"), ("edge-api.egress", "443/icmp"), ("edge-api.egress", "https"), ("edge-api.egress", "443@x")],
    )
    def test_what_is_none_is_refused(self, shop: Session, id: str, given: str) -> None:
        with pytest.raises(DesignError, match=re.escape(given.split("@")[-1])):
            answered(shop, f"firewall.{id}", given)


class TestMutualTls:
    def test_nothing_is_chosen_by_default(self, shop: Session) -> None:
        asked = question(shop, "mtls.connections")
        assert asked.default == ()
        assert "api->db" in {one.value for one in asked.choices}
        assert "port 5432" in {one.hint for one in asked.choices}

    def test_a_connection_is_chosen_and_given_back(self, shop: Session) -> None:
        after = answered(shop, "mtls.connections", ("api->db",))
        (link,) = after.design.mtls.links
        assert (link.source, link.target, link.ports) == ("api", "db", (5432,))
        assert {"db-mtls", "api-to-db-mtls"} <= after.outcome().hardening.after.services.keys()
        assert after.outcome().reach_after.between("api", "db") is None
        assert answered(after, "mtls.connections", ()).design == shop.design

    def test_ports_that_somebody_wrote_stay(self, shop: Session) -> None:
        chosen = replace(shop, design=replace(shop.design, mtls=MutualTls((Link("api", "db", (6432,)),))))
        after = answered(chosen, "mtls.connections", ("api->db", "worker->db"))
        assert [link.ports for link in after.design.mtls.links] == [(6432,), (5432,)]

    def test_what_cannot_have_it_is_said_and_not_offered(self, tmp_path: Path) -> None:
        text = "services:\n  api: {image: x/api, environment: {STATS: 'stats:8125', DB: 'postgres://db/x'}}\n"
        text += "  db: {image: 'postgres:16'}\n  stats: {image: x/stats, expose: ['8125/udp']}\n"
        project = project_of(text, tmp_path)
        asked = question(Session.open([tmp_path / "shop/compose.yaml"]), "mtls.connections")
        assert project.services.keys() == {"api", "db", "stats"}
        assert "api->stats" not in {one.value for one in asked.choices}
        assert "api → stats: stats listens on 8125/udp" in asked.why


class TestWhatTheUserKnowsBetter:
    """Connections that the files do not show, and those that they show and nobody needs."""

    def corrected(self, session: Session, id: str, text: str) -> Session:
        question = next(one for one in step("connections").questions(session) if one.id == id)
        return decide(session, step("connections"), question, text)

    def test_a_missing_connection_is_added_and_both_come_to_share_a_network(self, shop: Session) -> None:
        assert not together(shop, "web", "cache")
        after = self.corrected(shop, ADDED, "web -> cache")
        assert together(after, "web", "cache")
        assert next(one for one in after.design.connections if (one.source, one.target) == ("web", "cache")).evidence[0].text == "said by you"
        assert self.corrected(after, ADDED, "nothing").design.networks == shop.design.networks

    def test_one_that_the_files_show_is_dropped_and_comes_back(self, shop: Session) -> None:
        pair = next((one.source, one.target) for one in shop.design.connections if (one.source, one.target) == ("api", "db"))
        after = self.corrected(shop, DROPPED, "api -> db")
        assert pair not in {(one.source, one.target) for one in after.design.connections}
        assert not together(after, "api", "db")
        back = self.corrected(after, DROPPED, "nothing")
        assert {(one.source, one.target) for one in back.design.connections} == {(one.source, one.target) for one in shop.design.connections}
        assert back.design.networks == shop.design.networks

    def test_it_is_kept_in_the_design_file(self, shop: Session) -> None:
        after = self.corrected(shop, ADDED, "web -> cache")
        again = replace(shop, design=file.load(file.dump(after.design), "batten.yaml"))
        assert added_pairs(again) == (("web", "cache"),)

    @pytest.mark.parametrize("text", ["web", "web -> nobody", "web -> web", "-> db", "a -> b -> c"])
    def test_what_is_no_pair_is_refused(self, shop: Session, text: str) -> None:
        with pytest.raises(DesignError, match="not a pair of services"):
            self.corrected(shop, ADDED, text)

    def test_it_is_no_reason_to_stop_at_the_step(self, tmp_path: Path) -> None:
        (tmp_path / "compose.yaml").write_text("services: {a: {image: nginx}}\n")
        session = Session.open([tmp_path / "compose.yaml"])
        assert not step("connections").applies(session)


def together(session: Session, one: str, other: str) -> bool:
    """Whether two services share a network of the design."""
    return any({one, other} <= set(network.services) for network in session.design.networks.networks.values())
