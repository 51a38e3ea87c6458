"""Processes in containers may gain privileges unless each container forbids it.

## What it does

Reports that the daemon does not set `no-new-privileges` for every container.

## Why it matters

A setuid program or a file capability in an image lets a process become root in
its container, from where the next step is easier. Stack files cannot ask for
the option, so for services of a swarm this is the only way.

## Example

```json
{"no-new-privileges": false}
```

## Use instead

```json
{"no-new-privileges": true}
```

## What can break

Containers that need sudo, or a ping that is setuid. Of Compose, one service can
take it back with `security_opt: ["no-new-privileges:false"]`.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host, numbers

RULE = Rule(__name__, Severity.LOW, ("CIS 2.14", "https://docs.docker.com/reference/cli/dockerd/"))
_MESSAGE = "A setuid program in an image can make root of a process. Set `no-new-privileges` to true in daemon.json; `batten host daemon` writes it."

_TELLS = (28,)
"""From this version on the engine was seen to name the option among its own (28.5.2 does, 20.10.24 does not)."""


def check(host: Host) -> Iterator[Finding]:
    """Report the default; where neither the engine nor its settings can tell, nothing."""
    told = host.settings is not None or numbers(host.version)[:1] >= _TELLS
    if told and host.option("no-new-privileges") is None and not host.setting("no-new-privileges", False):
        yield RULE.finding(host.at("SecurityOptions"), "Containers may gain new privileges unless each forbids it", _MESSAGE)
