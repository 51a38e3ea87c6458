"""Three machines for a test: the Docker host, a client on its LAN and something outside, each a network namespace.

Nothing here has a name that could stay behind: the namespaces are held by sleeping processes and vanish with them,
and those die with the test run, however it ends. The machine's own routes and iptables are never touched.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

HOST_ZONE: Final = "host"
LAN_ZONE: Final = "lan"
INTERNET_ZONE: Final = "internet"
ZONES: Final = (INTERNET_ZONE, LAN_ZONE, HOST_ZONE)
"""The three machines, called as the reach calls its zones."""
LAN_HOST: Final = "10.99.0.1"
"""The Docker host's address on the LAN."""
LAN_CLIENT: Final = "10.99.0.2"
WAN_HOST: Final = "203.0.113.1"
"""The Docker host's address towards the outside."""
OUTSIDE: Final = "203.0.113.9"
LAN_HOST_6: Final = "fd00:99::1"
LAN_CLIENT_6: Final = "fd00:99::2"
WAN_HOST_6: Final = "2001:db8:1::1"
OUTSIDE_6: Final = "2001:db8:1::9"
ROUTER: Final = ("198.51.100.1", "198.51.100.2")
"""Both ends of the line between the LAN's router, which is the client too, and the outside."""
PUBLIC_6: Final = "2001:db8::/32"
"""Addresses that the outside sends to the Docker host: what an internet provider has given to it."""
LOOPBACK: Final = "127.0.0.1"
HOST_SIDE: Final = (LOOPBACK, LAN_HOST, WAN_HOST, f"[{LAN_HOST_6}]", f"[{WAN_HOST_6}]", "host.docker.internal")
"""How a program may dial the Docker host."""
HOST_SERVICE_PORT: Final = 7000
"""A service of the Docker host itself that listens on every address."""
ZONE_PORT: Final = 80
"""What the LAN client and the outside listen on."""

_DIE_WITH_PARENT: Final = ("setpriv", "--pdeathsig", "KILL")


def zone_answer(zone: str) -> str:
    """What the listener of a zone answers."""
    return f"zone {zone}"


class Space:
    """A network namespace that lasts until it is closed, at the latest until this process ends."""

    def __init__(self) -> None:
        holder = (*_DIE_WITH_PARENT, "unshare", "--net", "sh", "-c", "echo ready; exec sleep infinity")
        self._holder = subprocess.Popen(holder, stdout=subprocess.PIPE, text=True)
        self._children: list[subprocess.Popen[bytes]] = []
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "ready\n":
            raise RuntimeError("no network namespace could be made")
        self.run("ip", "link", "set", "lo", "up")

    @property
    def pid(self) -> int:
        """The process that holds the namespace."""
        return self._holder.pid

    def inside(self, *command: str) -> tuple[str, ...]:
        """``command`` as it is called to run in this namespace."""
        return ("nsenter", f"--net=/proc/{self.pid}/ns/net", *command)

    def run(self, *command: str, given: str = "", timeout: float = 60) -> str:
        """Run ``command`` in this namespace and return what it printed."""
        done = subprocess.run(self.inside(*command), input=given, text=True, capture_output=True, timeout=timeout, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[:4])}: {done.stderr.strip()}")
        return done.stdout

    def start(self, *command: str) -> None:
        """Run ``command`` in this namespace until it is closed."""
        process = subprocess.Popen((*_DIE_WITH_PARENT, *self.inside(*command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._children.append(process)

    def close(self) -> None:
        """End what was started here, and the namespace with it."""
        everything: list[subprocess.Popen[bytes] | subprocess.Popen[str]] = [*self._children, self._holder]
        for process in everything:
            process.send_signal(signal.SIGKILL)
            process.wait()
        if self._holder.stdout is not None:
            self._holder.stdout.close()


class Bench:
    """The Docker host between a LAN client, which sends everything to it, and the outside, which has no way back to containers."""

    def __init__(self, folder: Path) -> None:
        self._spaces: list[Space] = []
        try:
            self.host, self.lan, self.outside = self._space(), self._space(), self._space()
            self._connect(self.lan, "lan0", (f"{LAN_HOST}/24", f"{LAN_HOST_6}/64"), (f"{LAN_CLIENT}/24", f"{LAN_CLIENT_6}/64"))
            self._connect(self.outside, "wan0", (f"{WAN_HOST}/24", f"{WAN_HOST_6}/64"), (f"{OUTSIDE}/24", f"{OUTSIDE_6}/64"))
            self._send_everything_to_the_host()
            self._put_a_router_on_the_lan()
            self.outside.run("ip", "-6", "route", "add", PUBLIC_6, "via", WAN_HOST_6)
            # A new namespace takes these from the machine; off, so that dockerd sets FORWARD to DROP as it does on a plain host.
            self.host.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv6/conf/all/forwarding")
            self._listen(folder)
        except BaseException:
            self.close()
            raise

    def _space(self) -> Space:
        self._spaces.append(Space())
        return self._spaces[-1]

    def _connect(self, other: Space, name: str, host_addresses: Sequence[str], other_addresses: Sequence[str]) -> None:
        self.host.run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(other.pid))
        for space, link, addresses in ((self.host, name, host_addresses), (other, "eth0", other_addresses)):
            for address in addresses:
                # nodad: nobody else is there, and an address that is still being checked answers nobody.
                space.run("ip", "address", "add", address, "dev", link, *(("nodad",) if ":" in address else ()))
            space.run("ip", "link", "set", link, "up")

    def _put_a_router_on_the_lan(self) -> None:
        """The LAN client leads on to the outside as a home's router does; only machines that have it for their gateway go that way."""
        here, there = ROUTER
        self.lan.run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "eth1", "netns", str(self.outside.pid))
        for space, link, address in ((self.lan, "up0", here), (self.outside, "eth1", there)):
            space.run("ip", "address", "add", f"{address}/30", "dev", link)
            space.run("ip", "link", "set", link, "up")
        self.lan.run("ip", "route", "add", f"{OUTSIDE}/32", "via", there)
        self.lan.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        self.lan.run("iptables", "-t", "nat", "-A", "POSTROUTING", "-o", "up0", "-j", "MASQUERADE")

    def _send_everything_to_the_host(self) -> None:
        """The LAN client is the worst neighbour: it routes container addresses through the host, and 127.0.0.1 too instead of keeping it to itself."""
        self.lan.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet")
        self.lan.run("ip", "address", "flush", "dev", "lo")
        self.lan.run("ip", "route", "add", "default", "via", LAN_HOST)
        self.lan.run("ip", "-6", "route", "add", "default", "via", LAN_HOST_6)
        self.lan.run("ip", "route", "add", f"{LOOPBACK}/32", "via", LAN_HOST, "src", LAN_CLIENT)

    def _listen(self, folder: Path) -> None:
        for zone, space, port in ((HOST_ZONE, self.host, HOST_SERVICE_PORT), (LAN_ZONE, self.lan, ZONE_PORT), (INTERNET_ZONE, self.outside, ZONE_PORT)):
            root = folder / "zones" / zone
            root.mkdir(parents=True)
            (root / "index.html").write_text(zone_answer(zone) + "\n")
            space.start(busybox(), "httpd", "-f", "-p", f"[::]:{port}", "-h", str(root))

    def close(self) -> None:
        """End all three."""
        for space in reversed(self._spaces):
            space.close()
        self._spaces.clear()


def busybox() -> str:
    """Where busybox is."""
    return shutil.which("busybox") or "busybox"


def missing_programs(names: Sequence[str]) -> list[str]:
    """Those of ``names`` that are not installed."""
    return [name for name in names if shutil.which(name) is None]
