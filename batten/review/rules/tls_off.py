"""A service has encryption, or the check of certificates, switched off.

## What it does

Reports variables, options and parts of URLs that are known to switch TLS off or
to take any certificate for the right one, such as `sslmode=disable`,
`NODE_TLS_REJECT_UNAUTHORIZED=0` or `--insecure-skip-tls-verify`. A line without
encryption to another service of the project on networks of this host is only
listed (info); on a network between nodes, or to the outside, it counts.

## Why it matters

Without encryption everybody on the way reads along, passwords included. With
encryption and without a check of certificates, everybody on the way can be the
other end: it looks safe and is not. A variable such as
`NODE_TLS_REJECT_UNAUTHORIZED` does so for every connection of the program.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    environment: {NODE_TLS_REJECT_UNAUTHORIZED: "0"}
```

## Use instead

The authority that signed the other end's certificate:

```yaml
services:
  api:
    image: example.org/api:3
    environment: {NODE_EXTRA_CA_CERTS: /run/secrets/ca.pem}
    secrets: [ca.pem]
secrets:
  ca.pem: {environment: CA}
```

## What can break

Connections to servers whose certificate is expired, made for another name, or
signed by an authority that nobody gave to the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from batten.model import Service
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.switches import Switch, thrown

RULE = Rule(
    __name__,
    Severity.MEDIUM,
    ("CWE-295", "CWE-319", "https://cheatsheetseries.owasp.org/cheatsheets/Transport_Layer_Security_Cheat_Sheet.html"),
)
_HOSTS = (r"://(?:[^@/\s]*@)?([\w.-]+)", r"@\w*\(([\w.-]+)", r"(?i)\b(?:host|server)=(?:tcp:)?([\w.-]+)")
_INSTEAD = "Give the program the authority that signed the certificate, and leave the check on."
_INSIDE = "It stays on networks of this host, where only a neighbour with NET_RAW can listen. Encrypt it before either end moves elsewhere."


def check(context: Context) -> Iterator[Finding]:
    """Report encryption and checks of certificates that are off."""
    for service in context.project.services.values():
        for switch in thrown(context.project, service, "tls"):
            inside = bool(switch.text) and _inside(context, service, switch)
            message = f"With this, {switch.says}. {_INSIDE if inside else _INSTEAD}"
            severity = Severity.INFO if inside else switch.severity
            yield context.finding(RULE, switch.path, f"TLS is off: {switch.name}", message, service=service, severity=severity)


def _inside(context: Context, service: Service, switch: Switch) -> bool:
    """Whether the other end of the line is a service of the project, and the line does not leave the host."""
    hosts = [host for pattern in _HOSTS for host in re.findall(pattern, switch.text)]
    networks = context.project.networks
    between = any(networks[key].driver == "overlay" for key in service.networks if key in networks) or context.stack
    names = {name for other in context.project.services.values() for name in (other.name, other.hostname, other.container_name)}
    return bool(hosts) and not between and all(host in names or host in ("localhost", "127.0.0.1") for host in hosts)
