"""Services are given a name for the host they run on.

## What it does

Lists, once for the project, the services with `host-gateway` in `extra_hosts`.

## Why it matters

The name tells that the service uses something on the host: a database, a proxy,
a model server. To be reached, that has to listen on more than 127.0.0.1, and is
then open to every container on the host, and often to the network.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    extra_hosts: ["host.docker.internal:host-gateway"]
```

## Use instead

The other program as a service of the project, on a common network:

```yaml
services:
  api:
    image: example.org/api:3
  models:
    image: example.org/models:1
```

## What can break

Whatever the service fetches from the host. From an internal network the host's
gateway is out of reach on current engines.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.folding import fold

RULE = Rule(__name__, Severity.INFO, ("https://docs.docker.com/reference/compose-file/services/#extra_hosts",))
_MESSAGE = "What they use there has to listen on more than 127.0.0.1, which opens it to every container. Move it into the project, or filter who may connect."


def check(context: Context) -> Iterator[Finding]:
    """Report once who is given a name for the host."""
    using = [service for service in context.project.services.values() if any(address == "host-gateway" for _, address in service.extra_hosts)]
    yield from fold(context, RULE, using, ("has a name for the host", "have a name for the host"), _MESSAGE)
