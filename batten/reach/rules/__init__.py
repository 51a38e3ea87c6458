"""The rules, one file a kind of target, and the one question they answer: what does a client see?

They state what was measured on Docker 20.10.24, 26.1.5 and 28.5.2; IPv6 with gateway modes, with addresses of the internet and by the gateway of an
internal network on the first and the last only. Not measured, and taken for the nearest that was: ipvlan (as macvlan), IPv6 without the user-land
proxy, the swarm's routing mesh, several nodes, SCTP.
"""

from __future__ import annotations

from batten.reach.probes import Answer, ContainerPort, Egress, HostPort, PublishedPort, Source, Target
from batten.reach.rules.containers import container_port
from batten.reach.rules.egress import egress
from batten.reach.rules.host import host_port
from batten.reach.rules.names import name
from batten.reach.rules.published import published_port
from batten.reach.situation import Situation


def answer(situation: Situation, source: Source, target: Target) -> Answer:
    """What ``source`` sees when it tries ``target``."""
    match target:
        case ContainerPort():
            return container_port(situation, source, target)
        case PublishedPort():
            return published_port(situation, source, target)
        case HostPort():
            return host_port(situation, source, target)
        case Egress():
            return egress(situation, source, target)
    return name(situation, source, target)
