"""Nothing decides which calls a client of the API may make.

## What it does

Reports that there is no authorization plugin (low where the API listens for
TCP, otherwise for information).

## Why it matters

The API knows no users and no rights: whoever gets in may do everything. A
plugin can tell clients apart by their certificates.

## Example

```json
{"authorization-plugins": []}
```

## Use instead

```json
{"authorization-plugins": ["NAME"]}
```

## What can break

Calls that the plugin refuses; if it fails, every call.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.INFO, ("CIS 2.12", "https://docs.docker.com/engine/extend/plugins_authorization/"))
_MESSAGE = "Whoever gets in may do everything. Give programs a socket proxy for what they need, and clients from afar ssh or such a plugin."


def check(host: Host) -> Iterator[Finding]:
    """Report that there is none."""
    if not host.authorization:
        severity = Severity.LOW if host.listeners else Severity.INFO
        yield RULE.finding(host.at("Plugins.Authorization"), "Every client of the API may do everything", _MESSAGE, severity=severity)
