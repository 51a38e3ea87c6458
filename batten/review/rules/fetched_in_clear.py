"""What a service runs is fetched over a line that anybody can change.

## What it does

Reports engines in containers that are told to use a registry without TLS
(`--insecure-registry`), and build contexts by `http://` or `git://` (medium).
Images from a registry at an address, or at port 5000 or 80 of another host, are
reported with low severity and low confidence: such registries often speak plain
HTTP, but these files cannot tell.

## Why it matters

Whoever stands between this host and the registry can put his own program into
the answer. It then runs here, with everything that the service has.

## Example

```yaml
services:
  engine:
    image: docker:27-dind
    command: ["dockerd", "--insecure-registry", "registry.lan:5000"]
```

## Use instead

A certificate for the registry, from an authority of your own if need be:

```yaml
services:
  engine:
    image: docker:27-dind
    command: ["dockerd"]
```

## What can break

Pulls fail until the registry has a certificate that the engine trusts
(`/etc/docker/certs.d/HOST/ca.crt`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from batten.knowledge.patterns import Pattern
from batten.model import Service
from batten.review.context import Context
from batten.review.finding import Confidence, Finding, Rule, Severity
from batten.review.invocation import invocations

RULE = Rule(
    __name__,
    Severity.MEDIUM,
    ("CIS 2.5", "https://docs.docker.com/reference/cli/dockerd/#insecure-registries", "https://docs.docker.com/reference/compose-file/build/#context"),
)
_ADDRESS = Pattern((":", "."), r"(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\])(:\d+)?", re.IGNORECASE)
_OWN = r"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?"
_BETWEEN = "Whoever stands between this host and its source can put his own program into the answer."


def check(context: Context) -> Iterator[Finding]:
    """Report what is fetched in clear."""
    for service in context.project.services.values():
        for invocation in invocations(context.project, service):
            for word in invocation.words:
                if word.text.startswith("--insecure-registry"):
                    message = f"{_BETWEEN} Give the registry a certificate, and the engine its authority."
                    yield context.finding(RULE, word.path, "Its engine fetches images without TLS", message, service=service)
        yield from _build(context, service)
        yield from _registry(context, service)


def _build(context: Context, service: Service) -> Iterator[Finding]:
    if service.build_context.startswith(("http://", "git://")):
        path = (*service.path, "build", "context")
        yield context.finding(RULE, path, "It is built from what is fetched in clear", f"{_BETWEEN} Use https or ssh.", service=service)


def _registry(context: Context, service: Service) -> Iterator[Finding]:
    host = service.image.partition("/")[0] if "/" in service.image else ""
    if ":" not in host and not host[:1].isdigit():
        return
    address = _ADDRESS.fullmatch(host) and not host.endswith(":443")
    if host and not re.fullmatch(_OWN, host) and (address or host.endswith((":5000", ":80"))):
        message = (
            f"Registries at such an address often speak plain HTTP, which these files cannot tell. If so: {_BETWEEN.lower()} Give it a name and a certificate."
        )
        path = (*service.path, "image")
        title = f"Its image comes from {host}, perhaps without TLS"
        yield context.finding(RULE, path, title, message, service=service, severity=Severity.LOW, confidence=Confidence.LOW)
