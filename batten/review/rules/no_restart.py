"""Services stay down once they are down.

## What it does

Lists, once for the project, the services without a restart policy, in `restart`
or below `deploy.restart_policy`. Jobs are not listed, and neither are stacks: a
swarm starts its services again by itself.

## Why it matters

After a crash, or a restart of the host, such a service is gone until somebody
notices. The audits of CIS ask for `on-failure:5` rather than `always`, so that
a service that cannot start does not try for ever.

## Example

```yaml
services:
  api:
    image: example.org/api:3
```

## Use instead

```yaml
services:
  api:
    image: example.org/api:3
    restart: unless-stopped
```

## What can break

Containers that are meant to end start over and over; leave those as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service, Tier
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.folding import fold

RULE = Rule(__name__, Severity.INFO, ("CIS 5.15", "https://docs.docker.com/reference/compose-file/services/#restart"))
_MESSAGE = "After a crash, or a restart of the host, they are gone until somebody notices. Set `restart: unless-stopped`, or `on-failure:5`."


def check(context: Context) -> Iterator[Finding]:
    """Report once who is not started again."""
    services = () if context.stack else context.project.services.values()
    down = [service for service in services if not _restarts(context, service) and context.tier(service.name) is not Tier.JOB]
    yield from fold(context, RULE, down, ("has no restart policy", "have no restart policy"), _MESSAGE)


def _restarts(context: Context, service: Service) -> bool:
    policy = context.plain(service, "restart")
    return policy not in (None, "", "no", False) or context.plain(service, "deploy", "restart_policy") is not None
