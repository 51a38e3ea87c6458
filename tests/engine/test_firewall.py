"""Two projects' own firewalls on a real host: who gets in from beside it, what gets out, and that nothing else notices."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from batten.files import write_all
from generators import host_firewall
from tests.engine.conftest import go_without
from tests.engine.hosting import CLIENT, CLIENT_6, HOST, HOST_6, Machine
from tests.engine.street import BLOG, BLOG_PORTS, OTHER, OTHER_6, SHOP, SHOP_PORTS, Street, allowed, everything, put_up, send_loopback_onto_the_wire
from tests.engine.test_host_firewall import design as base_design

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    """The host, its two projects without rules yet, and two machines beside it."""
    if shutil.which("nft") is None:
        go_without("not installed: nft")
    try:
        machine = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        for address in (f"{OTHER}/24", f"{OTHER_6}/64"):
            machine.client.run("ip", "address", "add", address, "dev", "eth0", *(("nodad",) if ":" in address else ()))
        machine.client.run("ip", "-6", "route", "add", "default", "via", HOST_6)
        send_loopback_onto_the_wire(machine.client)
        machine.start({})
        machine.make_image()
        machine.listen(machine.host, 7000, "host")
        for port in (80, 81):
            machine.listen(machine.client, port, f"client {port}")
        yield Street(machine, {name: put_up(machine, name, text) for name, text in (("shop", SHOP), ("blog", BLOG))})
    finally:
        machine.close()


@pytest.fixture
def before(street: Street) -> Iterator[str]:
    """The rules as they were; afterwards they are so again."""
    found = street.rules()
    yield found
    for project in street.folders:
        street.must(project, "remove")
    assert street.rules() == found


class TestWithoutRules:
    def test_everything_that_is_published_answers(self, street: Street) -> None:
        expected = everything((8080, 8443, 8000, *BLOG_PORTS))
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected

    def test_an_old_engine_has_ways_past_the_host(self, street: Street) -> None:
        """Before Docker 28 to published container ports, and by IPv6 to all of them; from then on to none."""
        old = int(street.machine.says("version", "--format", "{{.Server.Version}}").split(".")[0]) < 28
        assert street.open(street.past_the_host(), found := street.past_the_host() if old else set()) == found


@pytest.mark.parametrize("backend", ["iptables", "nftables"])
@pytest.mark.usefixtures("before")
class TestInPlace:
    @pytest.fixture(autouse=True)
    def in_place(self, street: Street, backend: str, before: str) -> None:
        """Both projects' rules, as they are written for a backend; a table of our own works beside either of Docker's."""
        for project in street.folders:
            street.must(project, "--backend", backend, "apply")

    def test_ports_answer_to_those_who_may_and_to_nobody_else(self, street: Street) -> None:
        expected = allowed() | everything((8100,))
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected

    def test_there_is_no_way_past_the_host(self, street: Street) -> None:
        assert street.open(street.past_the_host(), set()) == set()

    def test_containers_get_out_where_they_may(self, street: Street) -> None:
        client = [f"http://{address}:{port}/" for address in (CLIENT, f"[{CLIENT_6}]") for port in (80, 81)]
        host = f"http://{HOST}:7000/"
        assert street.gets("shop", "web", *client, host) == {*client, host}
        assert street.gets("blog", "web", *client[:2]) == set(client[:2])
        assert street.gets("shop", "worker", *client, host, f"http://{HOST}:8000/", "http://mate:81/") == {client[0], client[3], "http://mate:81/"}

    def test_the_host_reaches_all_of_them(self, street: Street) -> None:
        machine = street.machine
        for url in (f"http://{HOST}:8443/", "http://127.0.0.1:8080/", "http://127.0.0.1:9000/", f"http://[{HOST_6}]:8101/"):
            assert machine.reaches(machine.host, url)


class TestApplying:
    def test_again_gives_the_same_rules(self, street: Street, before: str) -> None:
        street.must("shop", "apply")
        once = street.rules()
        assert once != before
        street.must("shop", "apply")
        assert street.rules() == once
        assert street.must("shop", "status") == "the rules are in place\n"

    def test_dry_changes_nothing(self, street: Street, before: str) -> None:
        for backend in ("iptables", "nftables"):
            street.must("shop", "--dry-run", "--backend", backend, "apply")
        assert street.rules() == before
        assert street.script("shop", "status")[0] == 1

    def test_one_project_leaves_the_other_alone(self, street: Street, before: str) -> None:
        street.must("blog", "apply")
        alone = street.rules()
        street.must("shop", "apply")
        street.must("shop", "remove")
        assert street.rules() == alone

    @pytest.mark.parametrize("base_first", [True, False])
    def test_beside_the_base_in_any_order_both_hold(self, street: Street, before: str, base_first: bool) -> None:
        machine = street.machine
        write_all(host_firewall.files(base_design("8080", "8443", "8101")), machine.folder / "base", force=True)
        base = ("sh", str(machine.folder / "base/firewall/batten-firewall.sh"))
        order: list[Callable[[], str]] = [lambda: machine.host.run(*base, "--quiet", "apply"), lambda: street.must("shop", "apply")]
        for step in order if base_first else reversed(order):
            step()
        expected = (allowed() - everything((8000,))) | everything((8101,))
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected
        machine.host.run(*base, "remove")
        expected = allowed() | everything(BLOG_PORTS)
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected


class TestARestartOfTheDaemon:
    def test_leaves_the_rules_in_force(self, street: Street) -> None:
        for project in street.folders:
            street.must(project, "apply")
        street.machine.stop()
        street.machine.start()
        self.wait(street)
        expected = allowed() | everything((8100,))
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected
        for project in street.folders:
            assert street.must(project, "status") == "the rules are in place\n"
            street.must(project, "remove")

    def test_finds_rules_that_were_there_before_it(self, street: Street) -> None:
        machine = street.machine
        machine.stop()
        for tool in ("iptables", "ip6tables"):
            machine.host.run("sh", "-c", f"{tool} -F; {tool} -X; {tool} -t nat -F; {tool} -t nat -X")
        street.must("shop", "--backend", "iptables", "apply")
        machine.start()
        self.wait(street)
        expected = allowed() | everything(BLOG_PORTS)
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected
        assert street.gets("shop", "worker", f"http://{CLIENT}:80/", f"http://{CLIENT}:81/") == {f"http://{CLIENT}:80/"}

    def wait(self, street: Street) -> None:
        """Until everything that was started listens again."""
        for name in ("shop_web", "shop_worker", "shop_mate", "blog_web"):
            running = "until /bin/busybox wget -q -O /dev/null http://127.0.0.1:82/; do /bin/busybox sleep 0.1; done"
            street.machine.docker("exec", name, "/bin/busybox", "timeout", "20", "/bin/busybox", "sh", "-c", running)
