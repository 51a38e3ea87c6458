"""The daemon runs with experimental features.

## What it does

Reports that `experimental` is on.

## Why it matters

Experimental parts are not meant for production: they may change or have flaws
that nobody has looked for. Docker 20.10 needs the switch for `ip6tables`, which
is worth it.

## Example

```json
{"experimental": true}
```

## Use instead

```json
{"experimental": false}
```

## What can break

What uses such a feature, `ip6tables` before Docker 27 among them.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.LOW, ("CIS 2.18", "https://docs.docker.com/reference/cli/dockerd/"))
_MESSAGE = "Experimental parts are not meant for production. Switch it off, unless it is there for `ip6tables` on an older engine."


def check(host: Host) -> Iterator[Finding]:
    """Report that it is on; where it is needed for ip6tables, that is the better of two evils."""
    if host.experimental and not host.setting("ip6tables", False):
        yield RULE.finding(host.at("ExperimentalBuild"), "Experimental features are on", _MESSAGE)
