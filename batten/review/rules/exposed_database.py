"""A database, cache or queue is published where other machines reach it.

## What it does

Looks at the published ports of every service of the data tier. A port bound to
every address of the host, or to one that is not a loopback address, is
reported; so is a port that another service publishes for a database in its
network namespace (`network_mode: service:NAME`). A port is not reported where
the engine would not open it: where the service is on internal networks alone,
for instance.

The severity is high on every address and on a public one, medium on a private
one, and critical where the files also say that the database asks for no
password.

## Why it matters

`5432:5432` means every address of the host, IPv6 included. Docker forwards such
packets before the host's own firewall rules are asked: ufw shows the port as
closed while it is open. What protects the data is then the password alone, and
strangers try passwords and known flaws all day long.

Services of the same project do not need a published port: they reach each other
over their common network.

## Example

```yaml
services:
  db:
    image: postgres:16
    ports:
      - "5432:5432"
```

## Use instead

```yaml
services:
  db:
    image: postgres:16
    ports:
      - "127.0.0.1:5432:5432"   # from this host only; or no `ports` at all
```

From another machine, use an SSH tunnel: `ssh -L 5432:127.0.0.1:5432 host`.

## What can break

Programs on other machines that connect to the database directly: an
administrator's client, a backup job, a report. Containers of other projects
that connect through an address of the host. In a swarm the address is ignored:
there the entry has to go. On engines before 28 a machine on the same network
segment can still reach a port bound to 127.0.0.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Risk, Service, Tier
from batten.review.access import why_open
from batten.review.context import Context
from batten.review.exposure import Entry, Reachable, entries
from batten.review.finding import Finding, Fix, Rule, Severity

RULE = Rule(
    __name__,
    Severity.HIGH,
    (
        "CIS 5.14",
        "CIS 5.9",
        "https://docs.docker.com/engine/network/port-publishing/",
        "https://docs.docker.com/engine/network/packet-filtering-firewalls/",
    ),
)
_WHERE = {
    Reachable.EVERYWHERE: "every address of the host",
    Reachable.PUBLIC: "the public address {address}",
    Reachable.PRIVATE: "the private address {address}",
}


def check(context: Context) -> Iterator[Finding]:
    """Report every published port of a data service that is not bound to loopback."""
    for service in context.project.services.values():
        if context.tier(service.name) is Tier.DATA:
            for entry in _own_entries(context, service):
                if entry.reachable is not Reachable.LOOPBACK:
                    yield _finding(context, service, entry)


def _own_entries(context: Context, service: Service) -> Iterator[Entry]:
    owner = context.owner(service)
    if owner is service:
        yield from entries(context, service)
        return
    facts = context.facts(service)
    own = {port.partition("/")[0] for port in facts.ports} if facts else set()
    for entry in entries(context, owner):
        if any(str(port.target) in own for port in entry.ports):
            yield entry


def _finding(context: Context, service: Service, entry: Entry) -> Finding:
    where = _WHERE[entry.reachable].format(address=entry.address)
    role = context.role(service)
    no_password = why_open(context, service)
    private = entry.reachable is Reachable.PRIVATE
    severity = Severity.CRITICAL if no_password else Severity.MEDIUM if private else Severity.HIGH
    password = f"It asks for no password: {no_password}. " if no_password else ""
    message = (
        f"Port {entry.text} is bound to {where}: whoever reaches {'it' if private else 'this host'} talks to the {role} itself. {password}"
        "Rules of the host's own firewall, such as ufw's, do not see these packets. Services that share a network with it do not need the port."
    )
    return RULE.finding(
        entry.origin.primary,
        f"{role.capitalize()} published on {where}",
        message,
        service=service.name,
        severity=severity,
        related=entry.origin.related,
        fix=Fix(f"publish port {entry.text} on 127.0.0.1 only", Risk.CHECK, "published"),
    )
