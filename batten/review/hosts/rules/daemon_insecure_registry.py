"""Images are fetched from registries that nobody checks.

## What it does

Reports the entries of `insecure-registries`, other than addresses of this host
itself, which Docker always counts among them.

## Why it matters

The daemon takes images from there over plain HTTP, or with any certificate.
Whoever sits on the way gives it another image, which then runs here.

## Example

```json
{"insecure-registries": ["registry.example.org:5000"]}
```

## Use instead

A certificate for the registry, and its CA where the daemon looks for it:

```text
/etc/docker/certs.d/registry.example.org:5000/ca.crt
```

## What can break

Pulls from a registry that has no certificate yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.MEDIUM, ("CIS 2.5", "https://docs.docker.com/engine/security/certificates/"))
_MESSAGE = "Whoever sits on the way can give this host other images. Give the registry a certificate, and put its CA below /etc/docker/certs.d."


def check(host: Host) -> Iterator[Finding]:
    """Report each of them."""
    for registry in host.insecure_registries:
        yield RULE.finding(host.at("RegistryConfig.InsecureRegistryCIDRs"), f"Images from {registry} are taken unchecked", _MESSAGE)
