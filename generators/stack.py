"""``stack.yaml``: the hardened project for ``docker stack deploy``, with the values that it refers to beside it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from batten.compose.emitting import emit
from batten.compose.stack import Stack
from batten.hardening import Hardening
from batten.knowledge.stack import Fate, topic
from batten.model import GeneratedFile
from batten.report.stack import told
from batten.report.terminal import plain
from generators import stack_values
from generators.stack_values import Values

NAME = "stack.yaml"


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """The stack file where one is wanted, and the secret values that stay in its environment."""
    if hardening.stack is None:
        return
    values = Values(hardening.after)
    services = values.hidden(hardening.stack)
    text = _head(hardening.stack, bool(values.used)) + emit({**hardening.stack.model, "services": services}, comments(hardening))
    yield GeneratedFile(NAME, text.encode(), purpose="the project for docker stack deploy")
    if values.used:
        purpose = "secret values that the stack file refers to"
        yield GeneratedFile(stack_values.FILE, values.text().encode(), 0o600, sensitive=True, purpose=purpose)


def deploy_commands(hardening: Hardening, folder: str = "") -> tuple[str, ...]:
    """How the stack file is deployed, from a manager of the swarm."""
    base = f"{folder.rstrip('/')}/" if folder else ""
    deploy = f"docker stack deploy -c {shlex.quote(base + NAME)} {shlex.quote(hardening.after.name)}"
    if not needs_values(hardening):
        return (deploy,)
    file = shlex.quote(base + stack_values.FILE if base else f"./{stack_values.FILE}")
    return (f"( set -a && . {file} && {deploy} )",)


def needs_values(hardening: Hardening) -> bool:
    """Whether the stack file refers to values that lie beside it."""
    return any(file.path == stack_values.FILE for file in files(hardening))


def _head(stack: Stack, with_values: bool) -> str:
    """What a reader should know before the first line: what it is, where its values are and what does not hold."""
    lines = ["For a swarm: docker stack deploy. batten wrote it from the hardened project; change that one and write it anew."]
    if with_values:
        lines.append(f"Its secret values are in {stack_values.FILE}; the shell that deploys reads it first (see README.md).")
    lost = told(stack.losses).get(Fate.LOST, ())
    if lost:
        lines += ["", "What the project says and a swarm does not honour (README.md says what to do instead):"]
        lines += [f"  {said.key}: {', '.join(said.subjects)}" if said.subjects else f"  {said.key}" for said in lost]
    return "".join(f"# {plain(line)}".rstrip() + "\n" for line in lines) + "\n"


def comments(hardening: Hardening) -> Mapping[tuple[str, str], str]:
    """What is said above each entry: why a network is there, and what is left out of a service on purpose."""
    assert hardening.stack is not None
    found = {("networks", name): plain(network.why) for name, network in hardening.design.networks.networks.items() if network.why}
    for loss in hardening.stack.losses:
        if topic(loss.topic).fate == Fate.LEFT:
            entry = (str(loss.path[0]), str(loss.path[1]))
            said = plain(f"left out: {loss.path[2]!s} ({loss.detail}), which a swarm would open on every address of every node")
            found[entry] = "\n".join(filter(None, [found.get(entry, ""), said]))
    return found


@cache
def encryption_words() -> tuple[str, ...]:
    """What is to be known of networks that are encrypted between nodes; facts from moby 20.10.24 and 28.5.2 and Docker's overlay page."""
    return (
        "`encrypted` encrypts what travels between nodes, with IPsec (ESP, AES-128-GCM); traffic between two tasks on one node and from clients to a "
        "published port is not encrypted.",
        "Between the nodes 4789/udp is not enough: IP protocol 50 (ESP) has to pass, which NAT and some clouds drop. "
        "Then the network silently carries nothing.",
        "The largest packet is 1424 bytes where the line takes 1500.",
        'The engine only looks whether the option is there: `encrypted: "false"` encrypts too. It is read when the network is made; to change it, the network '
        "has to be made anew.",
    )


def uses_any(stack: Stack, option: str) -> bool:
    """Whether a network of the stack has that driver option."""
    networks: Mapping[str, Any] = stack.model.get("networks", {})
    return any(option in (network.get("driver_opts") or {}) for network in networks.values())
