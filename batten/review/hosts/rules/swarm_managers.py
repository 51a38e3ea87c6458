"""The number of the swarm's managers tolerates no loss, or none more.

## What it does

Reports an even number of managers, and more than seven.

## Why it matters

Managers decide by majority. Two tolerate the loss of none, as one does; four
tolerate one, as three do, and are one more to break into. Each manager holds
the whole state of the swarm, its secrets included.

## Example

```text
manager1  Leader
manager2  Reachable
```

## Use instead

```text
manager1  Leader
manager2  Reachable
manager3  Reachable
```

## What can break

Nothing, if the managers that are left are a majority at every step.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.INFO, ("CIS 7.1", "https://docs.docker.com/engine/swarm/admin_guide/"))
_MESSAGE = "Managers decide by majority, and each of them holds every secret of the swarm. Have one, three or five: `docker node demote NAME` takes one away."
_MOST = 7


def check(host: Host) -> Iterator[Finding]:
    """Report a number that is no better than a smaller one."""
    count = sum(1 for member in host.swarm.members if member.manager) if host.swarm is not None else 0
    if count and (count % 2 == 0 or count > _MOST):
        yield RULE.finding(host.at("nodes"), f"The swarm has {count} managers", _MESSAGE)
