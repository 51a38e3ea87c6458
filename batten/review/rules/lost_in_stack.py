"""A stack file counts on settings that a swarm drops without a word.

## What it does

In projects that are made for `docker stack deploy`, reports ports with an
address of the host (high: the address is dropped and the port is open on every
node), `security_opt` (medium) and `tmpfs`, `network_mode` and `userns_mode`
(low), all of which have no effect there.

A project counts as a stack when its file is called so, or when it uses what
only a swarm understands: overlay networks, placement, global services, external
secrets. One that a swarm would refuse is not a stack.

## Why it matters

`127.0.0.1:5432:5432` means "from this host only" for Compose. In a swarm the
same line opens the port on every address of every node. `security_opt` is
ignored with one line of output, so that a profile or `no-new-privileges` that
everybody sees in the file does not hold.

## Example

```yaml
services:
  db:
    image: postgres:16
    ports: ["127.0.0.1:5432:5432"]
    deploy:
      placement: {constraints: ["node.labels.disk == fast"]}
```

## Use instead

No published port: an administrator's shell in a task, or a tunnel to one, gets
to it over the overlay network.

```yaml
services:
  db:
    image: postgres:16
    deploy:
      placement: {constraints: ["node.labels.disk == fast"]}
```

## What can break

Programs on the node that used the port. For `no-new-privileges` and profiles,
the setting in the daemon's configuration holds for tasks of a swarm too; for
`tmpfs`, use a volume of the type `tmpfs`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from batten.model import Service, Span
from batten.review.context import Context
from batten.review.exposure import EVERY_ADDRESS
from batten.review.finding import Confidence, Finding, Rule, Severity

RULE = Rule(
    __name__,
    Severity.HIGH,
    (
        "CIS 7.2",
        "https://docs.docker.com/reference/cli/docker/stack/deploy/",
        "https://docs.docker.com/engine/network/port-publishing/",
    ),
)
_LOST: Mapping[str, tuple[Severity, str]] = {
    "security_opt": (Severity.MEDIUM, "Profiles and `no-new-privileges` that it asks for do not hold. Set them in the daemon's configuration on every node."),
    "tmpfs": (Severity.LOW, "The folder is on the container's own disk instead. Use a volume of the type `tmpfs`."),
    "network_mode": (Severity.LOW, "The service is on the stack's own network instead. Use `networks`."),
    "userns_mode": (Severity.LOW, "What the daemon is set to holds instead."),
}


def check(context: Context) -> Iterator[Finding]:
    """Report what a stack loses; what runs already has lost it."""
    if context.stack and not context.project.live:
        for service in context.project.services.values():
            yield from _addresses(context, service)
            for key, (severity, instead) in _LOST.items():
                if context.plain(service, key):
                    message = f"`docker stack deploy` drops it ({context.stack}). {instead}"
                    path = (*service.path, key)
                    yield context.finding(RULE, path, f"Its {key} has no effect in a stack", message, service=service, severity=severity, confidence=_SURE)


_SURE = Confidence.MEDIUM


def _addresses(context: Context, service: Service) -> Iterator[Finding]:
    for port in service.ports:
        path = (*service.path, "ports", port.index)
        if port.host_ip.strip("[]") not in EVERY_ADDRESS and port.mode == "ingress" and _short(context, context.project.origin(path).primary):
            message = (
                f"`docker stack deploy` drops {port.host_ip} without a word ({context.stack}): the port is open on every address of every node. "
                "A swarm cannot bind a port to an address; remove the entry."
            )
            title = f"Port {port.published or port.target} is public in a stack, whatever its address"
            yield context.finding(RULE, path, title, message, service=service, confidence=_SURE)


def _short(context: Context, span: Span) -> bool:
    """Whether a port is written in the short form; the long one with an address is refused by a swarm."""
    source = context.project.sources.get(span.file)
    text = source.text[span.start : span.end] if source else ""
    return "target" not in text
