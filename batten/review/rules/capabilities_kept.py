"""Services keep the capabilities that the engine gives to every container.

## What it does

Lists, once for the project, the services that do not drop all capabilities
(`cap_drop: [ALL]`) and are not privileged anyway. Dangerous capabilities that
somebody added have a rule of their own, `dangerous-capability`.

## Why it matters

Docker gives fourteen capabilities to every container, among them `NET_RAW`,
`SETUID`, `CHOWN` and `DAC_OVERRIDE`. Most programs need none or two of them
after their start. What is not there cannot be used by somebody who broke in.

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
    cap_drop: [ALL]
    cap_add: [CHOWN, SETUID, SETGID]   # only where the image needs them
```

## What can break

Images that start as root and change to a user of their own need `SETUID` and
`SETGID`, many also `CHOWN` and `DAC_OVERRIDE` for their data folder. The
container then stops at its start and its log names the call that was refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Risk
from batten.review.context import Context
from batten.review.finding import Finding, Fix, Rule, Severity
from batten.review.folding import fold

RULE = Rule(
    __name__,
    Severity.INFO,
    (
        "CIS 5.4",
        "OWASP Docker Security Cheat Sheet, rule 3",
        "https://docs.docker.com/engine/security/#linux-kernel-capabilities",
    ),
)
_MESSAGE = (
    "They start with the capabilities that Docker gives to every container, of which most programs need few. "
    "Drop ALL and add back what the log asks for; images that change their user need SETUID and SETGID."
)


def check(context: Context) -> Iterator[Finding]:
    """Report once who keeps the default capabilities."""
    keeping = [service for service in context.project.services.values() if "ALL" not in service.cap_drop and not service.privileged]
    known = [service.name for service in keeping if context.confinement(service) is not None]
    fix = Fix(f"drop all of {', '.join(known)} but those that their images need", Risk.CHECK, "privileges") if known else None
    yield from fold(context, RULE, keeping, ("does not drop all capabilities", "do not drop all capabilities"), _MESSAGE, fix=fix)
