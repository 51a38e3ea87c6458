"""The project defines networks, volumes, secrets or configs that nobody uses.

## What it does

Lists, once for the project, top-level networks, volumes, secrets and configs
that no service and no build uses.

## Why it matters

A network that was meant to separate services and has no members separates
nothing. A secret that nobody is given is one more copy of a password, and its
service probably has it in the environment still.

## Example

```yaml
services:
  db:
    image: postgres:16
networks:
  data: {internal: true}
```

## Use instead

```yaml
services:
  db:
    image: postgres:16
    networks: [data]
networks:
  data: {internal: true}
```

## What can break

Nothing; but look first whether a service was meant to use it.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import TreePath
from batten.review.context import DEFAULT_NETWORK, Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.INFO, ("https://docs.docker.com/reference/compose-file/",))
_MESSAGE = "A network without members separates nothing, and a secret that nobody is given is one more copy of it. Use them or remove them."


def check(context: Context) -> Iterator[Finding]:
    """Report once what is defined and not used."""
    unused = list(_unused(context))
    if unused:
        names = ", ".join(f"{path[0][:-1]} {path[1]}" for path in unused[:3] if isinstance(path[0], str))
        more = f" and {len(unused) - 3} more" if len(unused) > 3 else ""
        verb = "are" if len(unused) > 1 else "is"
        yield RULE.finding(context.place(unused[0]), f"Defined and not used {verb}: {names}{more}", _MESSAGE, related=context.places(unused))


def _unused(context: Context) -> Iterator[TreePath]:
    project = context.project
    used: dict[str, set[str]] = {"volumes": set(), "secrets": set(), "configs": set()}
    for service in project.services.values():
        used["volumes"] |= {mount.source for mount in service.mounts}
        used["secrets"] |= {use.source for use in service.secrets} | {str(item.get("source")) for _, item in context.items(service, "build", "secrets")}
        used["configs"] |= {use.source for use in service.configs}
    yield from (network.path for network in project.networks.values() if not network.used and network.key != DEFAULT_NETWORK)
    for kind, names in used.items():
        defined = project.value((kind,))
        yield from ((kind, key) for key, _ in (defined.items() if defined is not None else ()) if key not in names)
