"""``swarm/``: the swarm's control plane as a script, and what has to be open between its nodes as text."""

from __future__ import annotations

from batten.design.host import HostDesign
from batten.model import GeneratedFile
from generators.host_rendering import PROGRAM, rendered


def files(design: HostDesign) -> tuple[GeneratedFile, ...]:
    """Everything below ``swarm/``; nothing where the host is in no swarm."""
    if not design.swarm.wanted:
        return ()
    return (
        rendered("swarm/control-plane.sh", "swarm.sh.j2", "locks the managers, keeps certificates short, rotates", mode=PROGRAM, swarm=design.swarm),
        rendered("swarm/README.md", "swarm.md.j2", "what it does, and what must be open between the nodes", swarm=design.swarm),
    )
