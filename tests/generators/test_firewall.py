"""A project's own firewall: its rules, its names, and the page that says them in words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from batten.compose import load_project
from batten.design.host_reading import Allowed
from batten.design.proposal import propose
from batten.design.sections.firewall import Firewall
from batten.errors import DesignError
from batten.hardening import Hardening, harden
from generators import export, firewall, readme
from generators.firewall_rules import iptables
from generators.readme import firewall_commands
from tests.engine.bench import Space
from tests.generators.firewalled import LIMITED, NEEDS_ROOT, OFFICE, SHOP, hardened, script_of
from tests.support import project_of


def lines(hardening: Hardening, end: str = "", family: int = 4) -> list[str]:
    """The rules of the chain whose name ends so."""
    chain = f"BATTEN-{firewall.identity(hardening.after.name)}{end}"
    text = iptables(firewall.ruleset(hardening, family))
    return [line.removeprefix(f"-A {chain} ") for line in text.splitlines() if line.startswith(f"-A {chain} ")]


class TestWithoutRules:
    @pytest.mark.parametrize("wanted", [Firewall(), Firewall((Allowed("8080"),)), Firewall(interfaces=("eth0",), lan=("10.0.0.0/8",))])
    def test_nothing_is_exportedand_nothing_changes(self, tmp_path: Path, wanted: Firewall) -> None:
        hardening = hardened(wanted, tmp_path)
        assert list(firewall.files(hardening)) == []
        assert not [change for change in hardening.changes if change.decision == "firewall"]


class TestThePorts:
    @pytest.fixture
    def office(self, tmp_path: Path) -> Hardening:
        return hardened(OFFICE, tmp_path)

    def test_are_for_those_who_are_named_and_nobody_else(self, office: Hardening) -> None:
        ruled = [line for line in lines(office, "-IN") if " 8080 " in line]
        by_number = "-p tcp -m conntrack --ctstate DNAT --ctorigdstport 8080 --ctdir ORIGINAL"
        assert ruled == [f"-s 198.51.100.0/24 {by_number} -j RETURN", f"{by_number} -j DROP"]
        assert [line for line in lines(office, "-HIN") if " 8080 " in line] == [
            "-s 198.51.100.0/24 -p tcp --dport 8080 -j RETURN",
            "-p tcp --dport 8080 -j DROP",
        ]

    def test_are_for_each_family_by_itself(self, office: Hardening) -> None:
        ruled = [line.split(" -p ")[0] for line in lines(office, "-HIN", 6) if " 8080 " in line]
        assert ruled == ["-s 2001:db8::/32", "-p tcp --dport 8080 -j DROP"]
        assert [line for line in lines(office, "-IN", 6) if " 7000 " in line] == [
            "-p tcp -m conntrack --ctstate DNAT --ctorigdstport 7000 --ctdir ORIGINAL -j DROP"
        ]

    def test_that_are_for_everyone_have_no_rule(self, office: Hardening) -> None:
        assert not any(re.search(r"\b(443|7001)\b", line) for family in (4, 6) for line in (*lines(office, "-IN", family), *lines(office, "-HIN", family)))

    def test_in_a_range_of_the_design_are_meant_each(self, tmp_path: Path) -> None:
        ranged = hardened(Firewall((Allowed("7000-7010", "tcp", ("192.0.2.7/32",)), Allowed("7001"))), tmp_path)
        assert [line for line in lines(ranged, "-HIN") if " 7" in line] == ["-s 192.0.2.7/32 -p tcp --dport 7000 -j RETURN", "-p tcp --dport 7000 -j DROP"]

    def test_at_one_address_are_matched_by_it(self, office: Hardening) -> None:
        ruled = [line for line in lines(office, "-IN") if "-p udp" in line]
        assert ruled[0].startswith("-s 10.0.0.0/8 -p udp -m conntrack --ctstate DNAT --ctorigdst 192.0.2.1 --ctorigdstport 53 ")
        assert "-s 10.0.0.0/8 -d 192.0.2.1 -p udp --dport 53 -j RETURN" in lines(office, "-HIN")
        assert not any("-p udp" in line for line in lines(office, "-IN", 6))

    def test_for_this_host_alone_are_closed_to_the_wire(self, office: Hardening) -> None:
        ruled = [line for line in lines(office, "-IN") if "9000" in line]
        assert ruled == ["-p tcp -m conntrack --ctstate DNAT --ctorigdst 127.0.0.1 --ctorigdstport 9000 --ctdir ORIGINAL -j DROP"]

    def test_are_not_reached_past_their_number(self, office: Hardening) -> None:
        bridge = office.after.networks["front"].driver_opts["com.docker.network.bridge.name"]
        assert re.fullmatch(r"br-front-[0-9a-f]{6}", bridge)
        assert [line for line in lines(office, "-IN") if "-o " in line] == [f"-o {bridge} -m conntrack ! --ctstate DNAT -j DROP"]

    @pytest.mark.parametrize("end", ["", "-HOST"])
    @pytest.mark.parametrize("family", [4, 6])
    def test_leave_answers_and_docker_alone(self, office: Hardening, end: str, family: int) -> None:
        found = lines(office, end, family)
        assert re.fullmatch(r"-m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment batten-[0-9a-f]{12} -j RETURN", found[0])
        assert found[1:-1] == [f"-i {name} -j RETURN" for name in ("lo", "docker0", "docker_gwbridge", "br-+", "shop0")]
        assert all(line.endswith(("-j RETURN", "-j DROP")) for chain in ("-IN", "-HIN", "-OUT") for line in lines(office, chain, family))


class TestALimit:
    @pytest.fixture
    def limited(self, tmp_path: Path) -> Hardening:
        return hardened(LIMITED, tmp_path)

    def test_lets_members_meet_and_asks_where_they_go(self, limited: Hardening) -> None:
        assert lines(limited)[1:3] == ["-i shop0 -o shop0 -j RETURN", f"-i shop0 -j BATTEN-{firewall.identity('shop')}-OUT"]
        assert lines(limited, "-OUT") == [
            "-i shop0 -p tcp --dport 443 -j RETURN",
            "-i shop0 -d 10.0.0.0/8 -p udp --dport 5000:5010 -j RETURN",
            "-i shop0 -j DROP",
        ]
        assert lines(limited, "-OUT", 6)[1] == "-i shop0 -d fd00::1/128 -p udp --dport 5000:5010 -j RETURN"

    def test_holds_for_the_host_too(self, limited: Hardening) -> None:
        assert lines(limited, "-HOST")[1:3] == ["-i shop0 -p icmp -j RETURN", f"-i shop0 -j BATTEN-{firewall.identity('shop')}-OUT"]

    def test_keeps_to_the_named_interfaces(self, limited: Hardening) -> None:
        assert lines(limited)[3:] == [f"-i {name} -j BATTEN-{firewall.identity('shop')}-IN" for name in LIMITED.interfaces]

    def test_says_who_has_another_way_out(self, tmp_path: Path) -> None:
        text = SHOP.replace("networks: [back]", "networks: [back, front]")
        hardening = hardened(LIMITED, tmp_path, text)
        page = list(firewall.files(hardening))[1].content.decode()
        assert "**db has another way out**, by `front`" in page

    @pytest.mark.parametrize(
        ("network", "words"),
        [
            ("{external: true}", "external: its bridge belongs to another project"),
            ("{driver: macvlan}", "a macvlan network"),
            ("{driver: overlay}", "docker_gwbridge"),
        ],
    )
    def test_needs_a_bridge(self, tmp_path: Path, network: str, words: str) -> None:
        text = SHOP.replace("{driver_opts: {com.docker.network.bridge.name: shop0}}", network)
        with pytest.raises(DesignError, match=words):
            hardened(LIMITED, tmp_path, text)

    def test_cannot_be_had_on_a_swarm(self, tmp_path: Path) -> None:
        text = SHOP.replace("    image: postgres:16", "    image: postgres:16\n    deploy: {placement: {constraints: [node.role == manager]}}")
        with pytest.raises(DesignError, match="docker_gwbridge"):
            hardened(LIMITED, tmp_path, text.replace("  front:\n", "  front: {driver: overlay}\n"))


class TestASwarm:
    @pytest.fixture
    def stack(self, tmp_path: Path) -> Hardening:
        """The shop as a stack, for which there is no bridge of its own."""
        text = SHOP.replace("    networks: [front]", "    deploy: {placement: {constraints: [node.role == worker]}}\n    networks: [front]", 1)
        return hardened(OFFICE, tmp_path, text)

    def test_has_the_rules_that_are_about_ports(self, stack: Hardening) -> None:
        assert stack.design.target.kind == "stack"
        assert not [change for change in stack.changes if change.decision == "firewall"]
        assert len([line for line in lines(stack, "-IN") if " 8080 " in line]) == 2
        assert not [line for line in lines(stack, "-IN") if "-o " in line]

    def test_is_told_of_every_node_and_of_the_shared_bridge(self, stack: Hardening) -> None:
        page = list(firewall.files(stack))[1].content.decode()
        assert "on every node of the swarm" in page
        assert "`docker_gwbridge`, which belongs to no project" in page


class TestNames:
    @pytest.mark.parametrize("name", ["shop", "a" * 200, "9-", "x_y", "$(reboot)", "`reboot`\n'\"", "-x", "läden", ""])
    def test_fit_into_a_chain_whatever_the_project_is_called(self, name: str) -> None:
        made = firewall.identity(name)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", made)
        assert len(f"BATTEN-{made}-HOST") <= 28

    def test_are_no_other_projects(self) -> None:
        assert len({firewall.identity(name) for name in ("shop-long-name-a", "shop-long-name-b", "shop", "shop_", "shop-")}) == 5

    @pytest.mark.parametrize("bridge", ["$(reboot)", "br-0; reboot", "br-+", "0123456789abcdef", "-x", "a b"])
    def test_of_bridges_are_refused_where_they_are_none(self, tmp_path: Path, bridge: str) -> None:
        hardening = hardened(LIMITED, tmp_path, SHOP.replace("shop0", f"'{bridge}'"))
        with pytest.raises(DesignError, match="none of an interface"):
            list(firewall.files(hardening))

    @pytest.mark.parametrize(
        ("port", "words"),
        [
            ("{target: 80, published: '$(touch evil)'}", "must be a port"),
            ("{target: 80, published: '80', protocol: 'tcp -j ACCEPT'}", "must have a protocol"),
            ('{target: 80, published: "80", host_ip: "fe80::1%x\\nEND\\ntouch evil"}', "must be an IP address"),
        ],
    )
    def test_of_ports_that_are_none_are_refused(self, tmp_path: Path, port: str, words: str) -> None:
        hardening = hardened(LIMITED, tmp_path, SHOP.replace('"443:443"', port))
        with pytest.raises(DesignError, match=words) as caught:
            list(firewall.files(hardening))
        assert caught.value.span is not None

    @NEEDS_ROOT
    def test_of_others_do_not_reach_the_script(self, tmp_path: Path, space: Space) -> None:
        name = "'$(touch evil)`touch evil`'"
        wanted = replace(OFFICE, egress={"back": (), "$(touch evil)": ()}, reason="$(touch evil)\nEND\ntouch evil")
        script = script_of(hardened(wanted, tmp_path, name=name))
        assert "evil" not in script.read_text()
        space.run("sh", "-c", f"cd {tmp_path} && sh {script} --dry-run apply")
        assert not list(tmp_path.rglob("evil"))


class TestInPlace:
    def test_other_rules_replace_the_old_ones_and_are_kept(self, tmp_path: Path) -> None:
        project = project_of(SHOP, tmp_path)
        before = replace(propose(project), firewall=OFFICE)
        export(harden(project, before))
        script = tmp_path / "shop" / firewall.PATHS[0]
        first = script.read_text()
        again = load_project([tmp_path / "shop/compose.yaml"], environ={})
        exported = export(harden(again, replace(before, firewall=replace(OFFICE, lan=("192.0.2.0/24",)))))
        assert {*firewall.PATHS, "batten.yaml"} == set(exported.files)
        assert "192.0.2.0/24" in script.read_text()
        assert exported.backup is not None
        assert (exported.backup / firewall.PATHS[0]).read_text() == first
        assert export(harden(again, replace(before, firewall=replace(OFFICE, lan=("192.0.2.0/24",))))).files == ()


class TestWhatComesNext:
    def test_is_a_look_at_the_rules(self, tmp_path: Path) -> None:
        assert firewall_commands(hardened(OFFICE, tmp_path), "/srv/a b") == ("sudo sh '/srv/a b/firewall/batten-firewall.sh' --dry-run apply",)
        (tmp_path / "free").mkdir()
        assert firewall_commands(hardened(Firewall(), tmp_path / "free")) == ()

    def test_is_in_the_page_of_the_project(self, tmp_path: Path) -> None:
        (page,) = readme.files(hardened(OFFICE, tmp_path))
        text = page.content.decode()
        assert "firewall/batten-firewall.sh install" in text
        assert "firewall/batten-firewall.sh uninstall" in text


class TestThePage:
    def test_says_the_rules_in_words(self, tmp_path: Path) -> None:
        page = list(firewall.files(hardened(replace(OFFICE, published=(*OFFICE.published, Allowed("99", "tcp", ("lan",)))), tmp_path)))[1].content.decode()
        for words in (
            "- `8080/tcp` of web: `198.51.100.0/24`, `2001:db8::/32`\n",
            "- `443/tcp` of web: everyone, there is no rule for it\n",
            "- `9000/tcp` of web at `127.0.0.1`: nobody, it is for this host alone\n",
            "- `53/udp` of web at `192.0.2.1`: `10.0.0.0/8`, `fd00::/8`\n",
            "- `99/tcp` is in the design, but the project no longer publishes it\n",
        ):
            assert words in page
