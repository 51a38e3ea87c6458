"""The step that says whether this host is part of a swarm, and how its control plane is kept."""

from __future__ import annotations

from collections.abc import Iterator

from batten.design import host_reading as reading
from batten.design.host import HostDesign, Swarm, with_swarm, without_swarm
from batten.session.host import HostSession
from wizards.host.asking import NO, NONE, YES, HostStep, listed, number_of, said, text_of, texts_of
from wizards.questions import Choice, Question

_PART = (
    Choice(NO, "no", "Compose, or single containers"),
    Choice(YES, "yes, or it is to be", "settings that a swarm refuses are left out of daemon.json"),
)
_LOCK = (
    Choice(YES, "locked", "after a restart the manager waits for a key that you keep elsewhere; a stolen disk gives nothing away"),
    Choice(NO, "open", "whoever has the disk of a manager has every secret of the swarm"),
)
_ESP = (
    Choice(YES, "yes", "ESP (IP protocol 50) is let in from the other nodes"),
    Choice(NO, "no", "encrypted overlay networks would not connect through this firewall"),
)
_DOCKERS = "an address"


class SwarmStep(HostStep):
    """Membership, addresses, locks and days."""

    name = "host-swarm"
    section = "swarm"
    title = "Swarm"
    why = (
        "A manager of a swarm holds every secret and may start anything on every node. Its keys can be locked, its certificates kept short, and its ports "
        "opened to the other nodes alone."
    )

    def questions(self, session: HostSession) -> list[Question]:
        """Membership; for a member also its addresses, locks and days."""
        swarm = session.design.swarm
        part = self.ask("wanted", "membership", "Is this host part of a swarm?", swarm.reason or self.why, said(swarm.wanted), _PART)
        return [part, *(self._details(swarm) if swarm.wanted else ())]

    def _details(self, swarm: Swarm) -> Iterator[Question]:
        why = "The base firewall opens the swarm's own ports to these alone."
        yield self.ask("peers", "other nodes", "Which addresses do the other nodes have?", why, listed(swarm.peers), (NONE,), "addresses, with commas")
        why = "An address that only the nodes reach is best. None leaves it to Docker."
        yield self.ask("advertise", "address", "By which address do other nodes find this one?", why, swarm.advertise or NONE.value, (NONE,), _DOCKERS)
        why = "Containers' traffic between nodes may go over a network of its own. None: the same as above."
        yield self.ask(
            "data_path", "data path", "Over which address do containers of several nodes talk?", why, swarm.data_path or NONE.value, (NONE,), _DOCKERS
        )
        yield self.ask(
            "data_port",
            "data port",
            "On which UDP port?",
            "4789 is Docker's own; it cannot be changed while the swarm lasts.",
            str(swarm.data_port),
            free="a port",
        )
        yield self.ask(
            "autolock",
            "manager's key",
            "Are the managers' keys locked?",
            "They lie on the managers' disks and open the swarm's secrets.",
            said(swarm.autolock),
            _LOCK,
        )
        why = "Nodes renew theirs by themselves; what was stolen is of no use after this."
        yield self.ask("cert_days", "certificates", "How many days does a node's certificate last?", why, str(swarm.cert_days), free="days")
        yield self.ask(
            "encrypted",
            "encryption",
            "Are there encrypted networks between the nodes?",
            "They travel as ESP, which many firewalls drop.",
            said(swarm.encrypted),
            _ESP,
        )

    def answer(self, design: HostDesign, matter: str, value: str) -> HostDesign:
        """The design with that field; to become part of a swarm takes settings away that it refuses."""
        if matter == "wanted":
            return with_swarm(design) if value == YES else without_swarm(design)
        return self.with_fields(design, **{matter: _field(matter, value)})


def _field(matter: str, value: str) -> object:
    """A field's value out of its text; raises DesignError."""
    if matter == "peers":
        return texts_of(value, reading.address)
    if matter in ("advertise", "data_path"):
        return text_of(value, reading.address)
    if matter in ("data_port", "cert_days"):
        return number_of(value, *((1024, 49151) if matter == "data_port" else (1, 3650)))
    return value == YES
