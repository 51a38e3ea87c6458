"""A service that is not the project's entrance is published on every address.

## What it does

Looks at ports that are published without a host address, or on `0.0.0.0` or
`::`. Consoles and other tools of the ops tier are reported with high severity;
what only shows how things are (dashboards, monitoring, logs), applications that
stand behind another service of the edge tier, and jobs, with medium. The web
ports of the edge tier are what the project is for and are not reported, but the
administrator's port of a reverse proxy is. Databases have a rule of their own,
`exposed-database`.

## Why it matters

An entry such as `9000:9000` is open to every machine that can reach the host,
IPv6 included, and Docker forwards the packets before the host's own firewall
rules are asked. A console that manages the host then hangs on one login form;
an application that was meant to be behind a proxy is reached without the
proxy's TLS, login or limits.

## Example

```yaml
services:
  proxy:
    image: traefik:3
    ports: ["80:80", "443:443"]
  grafana:
    image: grafana/grafana
    ports: ["3000:3000"]
```

## Use instead

```yaml
services:
  proxy:
    image: traefik:3
    ports: ["80:80", "443:443"]
  grafana:
    image: grafana/grafana
    # from this host or through an SSH tunnel; or let the proxy serve it
    ports: ["127.0.0.1:3000:3000"]
```

## What can break

Bookmarks and programs on other machines that use the port directly, and
containers of other projects that come through an address of the host. In a
swarm the address is ignored: there the entry has to go.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Risk, Service, Tier
from batten.review.access import admin_ports
from batten.review.context import Context
from batten.review.exposure import Entry, Reachable, entries
from batten.review.finding import Confidence, Finding, Fix, Rule, Severity

RULE = Rule(
    __name__,
    Severity.MEDIUM,
    ("CIS 5.14", "CIS 5.9", "https://docs.docker.com/engine/network/port-publishing/"),
)


_SHOWING = frozenset(
    {"dashboard", "monitoring", "alerting", "exporter", "telemetry collector", "log collector", "log server", "log viewer", "log store"}
    | {"metric store", "trace store", "profiler", "mail catcher", "analytics", "start page"}
)
"""Roles that show what goes on; the others decide what runs."""
_PROXIES = frozenset({"reverse proxy", "web server", "api gateway", "authenticating proxy"})
_CONSOLE = (
    "Port {port} ({role}) is open to every machine that can reach this host; the host's own firewall rules, such as ufw's, do not see these packets. "
    "It is for the people who run the project: bind it to 127.0.0.1 and come through an SSH tunnel, or put it behind the proxy with a login."
)


def check(context: Context) -> Iterator[Finding]:
    """Report ports on every address that are not an entrance of the project."""
    doors = _doors(context)
    for service in context.project.services.values():
        for entry in entries(context, service):
            if entry.reachable is Reachable.EVERYWHERE:
                yield from _judge(context, service, entry, doors)


def _doors(context: Context) -> tuple[Service, ...]:
    """Services of the edge tier that are published: what visitors are meant to come through."""
    edge = [service for service in context.project.services.values() if context.tier(service.name) is Tier.EDGE]
    return tuple(service for service in edge if any(entry.reachable is not Reachable.LOOPBACK for entry in entries(context, service)))


def _judge(context: Context, service: Service, entry: Entry, doors: tuple[Service, ...]) -> Iterator[Finding]:
    match context.tier(service.name):
        case Tier.EDGE:
            yield from _administration(context, service, entry)
        case Tier.OPS:
            role = context.role(service)
            title = f"{role.capitalize()} published on every address of the host"
            severity = Severity.MEDIUM if role in _SHOWING else Severity.HIGH
            yield _finding(service, entry, title, _CONSOLE.format(port=entry.text, role=role), severity)
        case Tier.JOB:
            message = f"Port {entry.text} is open to every machine that can reach this host, although it does one thing and ends: nobody is served there."
            yield _finding(service, entry, "Job published on every address of the host", message)
        case Tier.APP:
            yield from _beside(context, service, entry, doors)


def _administration(context: Context, service: Service, entry: Entry) -> Iterator[Finding]:
    known = admin_ports(context, service)
    what = next((known[key] for port in entry.ports if (key := f"{port.target}/{port.protocol}") in known), "")
    if what:
        message = f"Port {entry.text} is {what}. It is open to every machine that can reach this host; whoever gets in decides what the proxy does."
        yield _finding(service, entry, "Administrator's port published on every address of the host", message, Severity.HIGH)


def _beside(context: Context, service: Service, entry: Entry, doors: tuple[Service, ...]) -> Iterator[Finding]:
    """An application that a proxy already serves; what is not TCP goes past every proxy anyway."""
    behind = next((door for door in doors if (door.name, service.name) in context.known_pairs), None)
    door = behind or next((door for door in doors if context.role(door) in _PROXIES), None)
    if door is None or any(port.protocol != "tcp" for port in entry.ports):
        return
    how = "already passes requests on to it" if behind else "is the entrance of this project"
    message = (
        f"Port {entry.text} is open to every machine that can reach this host, past {door.name}, which {how}: "
        "what the entrance adds (TLS, logins, limits) does not hold there."
    )
    sure = Confidence.HIGH if behind else Confidence.MEDIUM
    yield _finding(service, entry, "Published on every address of the host, past the project's entrance", message, confidence=sure)


def _finding(
    service: Service, entry: Entry, title: str, message: str, severity: Severity = Severity.MEDIUM, confidence: Confidence = Confidence.HIGH
) -> Finding:
    fix = Fix(f"publish port {entry.text} on 127.0.0.1 only", Risk.CHECK, "published")
    return RULE.finding(
        entry.origin.primary, title, message, service=service.name, severity=severity, confidence=confidence, related=entry.origin.related, fix=fix
    )
