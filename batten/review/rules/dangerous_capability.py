"""A service holds a capability that helps an intruder out of its container.

## What it does

Reports capabilities that are added by name (`cap_add`) and that are dangerous:
high where they lead to root on the host or to the whole network (`ALL`,
`SYS_ADMIN`, `SYS_MODULE`, `SYS_PTRACE`, `NET_ADMIN` and their like), medium for
weaker ones. Adding back what Docker gives to every container anyway, such as
`CHOWN` after `cap_drop: [ALL]`, is not reported, but for `NET_RAW` (low). One
more finding of low severity, for the whole project, lists the services that
keep `NET_RAW`.

`NET_ADMIN` is not among the fourteen capabilities that Docker gives to every
container; somebody added it. `NET_RAW` is among them: a container has it until
it is dropped.

## Why it matters

Capabilities are the pieces into which root's powers are cut. `SYS_MODULE` loads
code into the host's kernel, `SYS_ADMIN` mounts file systems, `NET_ADMIN`
changes addresses, routes and firewall rules of the network namespace it is in.
With `NET_RAW` a process makes packets of any content: it can answer ARP
requests in its neighbours' name and read what they send to each other.

## Example

```yaml
services:
  api:
    image: example.org/api
    cap_add: [SYS_ADMIN]
```

## Use instead

```yaml
services:
  api:
    image: example.org/api
    cap_drop: [ALL]
    cap_add: [CHOWN, SETUID, SETGID]   # what it really needs
```

## What can break

Without `NET_RAW`, programs that build their own packets: `ping` in some images,
network scanners, some VPN and monitoring tools. With `cap_drop: [ALL]`, images
that start as root and then switch to a user of their own: they need `SETUID`
and `SETGID`, and often `CHOWN` and `DAC_OVERRIDE`.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.knowledge.capabilities import CapabilityFacts, describe
from batten.model import Risk, Service
from batten.review.context import Context
from batten.review.finding import Finding, Fix, Rule, Severity
from batten.review.folding import fold

RULE = Rule(
    __name__,
    Severity.HIGH,
    (
        "CIS 5.4",
        "OWASP Docker Security Cheat Sheet, rule 3",
        "https://docs.docker.com/engine/security/#linux-kernel-capabilities",
        "https://man7.org/linux/man-pages/man7/capabilities.7.html",
    ),
)
_SEVERITIES = {"critical": Severity.HIGH, "high": Severity.HIGH, "medium": Severity.MEDIUM}


_UNKNOWN = "Take it away if you can: whether the program needs it, the files do not say."
_FIX = Fix("drop NET_RAW of those that are not known to need it", Risk.CHECK, "privileges")


def check(context: Context) -> Iterator[Finding]:
    """Report dangerous capabilities that were added, and once for the project who keeps NET_RAW."""
    for service in context.project.services.values():
        seen: set[str] = set()
        unneeded = context.unneeded_capabilities(service) if service.cap_add else ()
        for index, capability in enumerate(service.cap_add):
            facts = describe(capability)
            if facts.danger in _SEVERITIES and capability not in seen:
                yield _added(context, service, index, facts, facts.name in unneeded)
            seen.add(capability)
    yield from _net_raw(context)


def _added(context: Context, service: Service, index: int, facts: CapabilityFacts, unneeded: bool) -> Finding:
    origin = context.project.origin((*service.path, "cap_add", index))
    added = "" if facts.default else "Somebody added it: it is not among those that Docker gives to every container. "
    return RULE.finding(
        origin.primary,
        f"It holds the capability {facts.name}",
        f"{added}{facts.why} {'Its image, as it is used here, has no use for it.' if unneeded else _UNKNOWN}",
        service=service.name,
        severity=Severity.LOW if facts.default else _SEVERITIES[facts.danger],
        related=origin.related,
        fix=Fix(f"take {facts.name} away again", Risk.CHECK, "privileges") if unneeded else None,
    )


def _net_raw(context: Context) -> Iterator[Finding]:
    keeping = [service for service in context.project.services.values() if _keeps_net_raw(service)]
    message = (
        "NET_RAW is in Docker's default set of capabilities (NET_ADMIN is not). With it, whoever breaks into one of these services can forge packets "
        "on the networks it is on and listen in on its neighbours. Few programs need it: add `cap_drop: [NET_RAW]`, or drop ALL and add what is needed."
    )
    yield from fold(context, RULE, keeping, ("keeps NET_RAW", "keep NET_RAW"), message, severity=Severity.LOW, fix=_FIX)


def _keeps_net_raw(service: Service) -> bool:
    """Whether it has NET_RAW by default and a network to use it on; who adds it by name has a finding of its own."""
    dropped = {"ALL", "NET_RAW"} & set(service.cap_drop)
    return not dropped and "NET_RAW" not in service.cap_add and service.network_mode != "none"
