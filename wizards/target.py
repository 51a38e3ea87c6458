"""The step that says what is written: compose files, a stack file for a swarm, or both; and whether a swarm's networks are encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from batten.design import Design
from batten.design.sections.networks import Networks
from batten.design.sections.target import BOTH, COMPOSE, STACK, Target
from batten.model import Project
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of

OWN = "own"
"""The answer for a project whose own files are a stack: the changes go into them."""
ENCRYPTED, PLAIN, SOME = "encrypted", "plain", "designed"
_WAYS = (
    Choice(COMPOSE, "Docker Compose", "the project's own files with the changes in them; for one host"),
    Choice(STACK, "a swarm", "a fresh stack.yaml for docker stack deploy, and a list of what a swarm does not honour"),
    Choice(BOTH, "both", "the compose files and a stack.yaml, from one design"),
)
_OWN = Choice(OWN, "the stack file that is there", "the changes go into it; comments and layout stay")
_LINES = (
    Choice(PLAIN, "as it is", "whoever can read the lines between the nodes reads along; right where those are a network of their own"),
    Choice(ENCRYPTED, "encrypted", "AES-128-GCM between nodes; IP protocol 50 (ESP) and 4789/udp have to pass between them, packets hold 1424 bytes"),
)


class TargetStep(Step):
    """What is written in the end."""

    name = "target"
    title = "Target"
    why = (
        "Compose runs a project on one host; a swarm runs it on several and keeps its secrets. A stack file looks like a compose file, but a swarm silently "
        "drops a part of it: addresses of ports, no-new-privileges, the order of starting. batten writes what holds and lists the rest."
    )

    def questions(self, session: Session) -> list[Question]:
        """What is written; for a swarm also how its networks cross the lines between nodes."""
        return list(self._each(session.design))

    def _each(self, design: Design) -> Iterator[Question]:
        choices = (_OWN, *_WAYS[1:]) if design.target.own_stack else _WAYS
        default = OWN if design.target.own_stack else design.target.kind
        prompt = "What is the hardened project written for?"
        yield Question("target.kind", "the project", prompt, "Both come from the same decisions.", choices, default)
        if design.target.stack_file and design.networks.networks:
            yield self._lines(design)

    def _lines(self, design: Design) -> Question:
        held = {network.encrypted for network in design.networks.networks.values()}
        some = (Choice(SOME, "as the design file says", "some of them are"),) if len(held) > 1 else ()
        default = SOME if some else ENCRYPTED if True in held else PLAIN
        why = "Traffic within one node and from visitors to a published port is not encrypted either way. It cannot be changed while the network is there."
        return Question("target.encrypted", "all networks", "How does traffic cross from node to node?", why, (*_LINES, *some), default)

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design for that target, or with its networks so."""
        wanted = one_of(value)
        if id == "target.kind":
            target = Target(STACK, design.target.engine) if wanted == OWN else design.target.towards(wanted)
            return replace(design, target=target)
        if wanted == SOME:
            return design
        networks = {name: replace(network, encrypted=wanted == ENCRYPTED) for name, network in design.networks.networks.items()}
        return replace(design, networks=Networks(design.networks.strategy, networks))
