"""A manager's disk is enough to read the swarm's secrets.

## What it does

Reports a swarm without autolock.

## Why it matters

The managers' log holds every secret and is encrypted, but the key lies beside
it. With autolock the key is encrypted by one that you keep, and type in when a
manager has been restarted.

## Example

```text
Autolock Managers: false
```

## Use instead

```text
docker swarm update --autolock=true
```

## What can break

A manager that has been restarted waits until somebody unlocks it. Without the
key its state is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.LOW, ("CIS 7.5", "https://docs.docker.com/engine/swarm/swarm_manager_locking/"))
_MESSAGE = "Whoever copies a manager's disk, or its backup, reads every secret of the swarm. `batten host swarm` switches autolock on."


def check(host: Host) -> Iterator[Finding]:
    """Report that it is off."""
    if host.swarm is not None and not host.swarm.autolock:
        yield RULE.finding(host.at("Swarm.Cluster.Spec.EncryptionConfig.AutoLockManagers"), "The managers' state is not locked", _MESSAGE)
