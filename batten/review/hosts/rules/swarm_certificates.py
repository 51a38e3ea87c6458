"""Certificates of the swarm's nodes are valid for long.

## What it does

Reports a swarm whose nodes' certificates last longer than the 90 days that
Docker gives them by default.

## Why it matters

A node's certificate is what makes it a member. Who has copied one can use it
until it ends, since the swarm has no list of those that were taken back.

## Example

```text
Expiry Duration: 12 months
```

## Use instead

```text
docker swarm update --cert-expiry 720h
```

## What can break

Nodes that are switched off for longer than that have to join again.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.LOW, ("CIS 7.7", "https://docs.docker.com/engine/swarm/how-swarm-mode-works/pki/"))
_MESSAGE = "Who has copied a node's certificate can use it until it ends. Thirty days are enough; nodes get new ones by themselves."
_USUAL = 90


def check(host: Host) -> Iterator[Finding]:
    """Report a longer time than the default."""
    if host.swarm is not None and host.swarm.certificate_days > _USUAL:
        title = f"Certificates of nodes are valid for {host.swarm.certificate_days:.0f} days"
        yield RULE.finding(host.at("Swarm.Cluster.Spec.CAConfig.NodeCertExpiry"), title, _MESSAGE)
