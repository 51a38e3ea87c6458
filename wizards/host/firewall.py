"""The step that says what may come into this host from outside."""

from __future__ import annotations

from batten.design import host_reading as reading
from batten.design.host import HostDesign, with_firewall
from batten.design.host_reading import Allowed
from batten.errors import DesignError
from batten.session.host import HostSession
from wizards.host.asking import NO, NONE, NOTHING, YES, HostStep, said, texts_of
from wizards.host.asking import listed as named
from wizards.questions import Choice, Question

_IPV6 = (Choice(YES, "yes", "the same rules for both"), Choice(NO, "no", "what comes by IPv6 is not looked at"))
_FREE = "ports with semicolons, such as 443; 53/udp; 8000-8010@10.0.0.0/8,192.0.2.7"


class HostFirewallStep(HostStep):
    """Interfaces, ports of containers, ports of the host."""

    name = "host-firewall"
    section = "firewall"
    title = "Firewall"
    why = (
        "Docker opens published ports in front of most host firewalls, so that rules which look right are passed by. This base goes where Docker's own "
        "rules cannot go around it: what comes in by the named interfaces and is not listed here is dropped. Replies, and what containers send out, "
        "are not touched."
    )

    def questions(self, session: HostSession) -> list[Question]:
        """The interfaces first: without one, no firewall is written."""
        firewall = session.design.firewall
        found = (
            f"The default route of this host leads out by {', '.join(session.outside)}." if session.outside else "Where there is none, no firewall is written."
        )
        interfaces = self.ask(
            "interfaces", "interfaces", "By which interfaces does the world come in?", found, named(firewall.interfaces), (NONE,), "interfaces, with commas"
        )
        if not firewall.interfaces:
            return [interfaces]
        why = "By their number on the host. Who may come stands behind an @; without it, everyone may."
        return [
            interfaces,
            self.ask(
                "host",
                "host's ports",
                "Which ports of the host itself may be reached?",
                f"ssh should be among them. {why}",
                ports(firewall.host),
                (NONE,),
                _FREE,
            ),
            self.ask("published", "containers", "Which published ports of containers may be reached?", why, ports(firewall.published), (NONE,), _FREE),
            self.ask(
                "ipv6",
                "IPv6",
                "Are there rules for IPv6 too?",
                "A host with an IPv6 address is reached by it whether or not anybody thought of it.",
                said(firewall.ipv6),
                _IPV6,
            ),
        ]

    def answer(self, design: HostDesign, matter: str, value: str) -> HostDesign:
        """The design with that field; raises DesignError for what is no interface or no port."""
        if matter == "interfaces":
            return with_firewall(design, interfaces=texts_of(value, reading.interface))
        return with_firewall(design, **{matter: value == YES if matter == "ipv6" else _allowed(value)})


def ports(allowed: tuple[Allowed, ...]) -> str:
    """Ports as they are typed: sources stand behind an @, so that entries are parted by semicolons."""
    return "; ".join(f"{one.ports}/{one.protocol}" + (f"@{','.join(one.sources)}" if one.sources else "") for one in allowed) or NOTHING


def _allowed(value: str) -> tuple[Allowed, ...]:
    given = [] if value == NOTHING else [part.strip() for part in value.split(";") if part.strip()]
    try:
        return tuple(dict.fromkeys(reading.allowed(part.replace(" ", "")) for part in given))
    except ValueError as error:
        raise DesignError(f"'{value[:80]}' {error}.", hint="Write PORT[/PROTOCOL][@SOURCE,SOURCE], several with semicolons.") from None
