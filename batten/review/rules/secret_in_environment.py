"""A credential reaches a service as an environment variable.

## What it does

Reports every password, token, key and URL with a password in it that the
project hands to a service in clear: in `environment`, written there or filled
in from `.env`, or through an `env_file`. The value itself is never shown.
Variables that only name a file, such as `POSTGRES_PASSWORD_FILE`, are not
reported.

## Why it matters

The environment of a container is no secret: `docker inspect` shows it to
everyone who may talk to the engine, every process in the container inherits it,
`/proc/1/environ` holds it, and error reports and debug pages like to print it.
A value that is written into a compose file also lives in the repository and its
history. A file below `/run/secrets` is seen by the one container that was given
it.

## Example

```yaml
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: correct-horse-battery
```

## Use instead

```yaml
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD_FILE: /run/secrets/db_password
    secrets: [db_password]
secrets:
  db_password:
    file: ./secrets/db_password
```

## What can break

Images that do not know the `_FILE` form take the variable for unset, or its
path for the password; batten offers the move only where the image is known to
read it. The file must be readable for the user that the container runs as.
Changing the value later does not change the password inside a database that was
initialised with the old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from batten.model import Project, Risk
from batten.review.context import Context
from batten.review.finding import Finding, Fix, Rule, Severity

if TYPE_CHECKING:
    from batten.inference.credentials import Credential

RULE = Rule(
    __name__,
    Severity.HIGH,
    (
        "OWASP Docker Security Cheat Sheet, rule 12",
        "CWE-526",
        "https://docs.docker.com/compose/how-tos/use-secrets/",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Report every credential that stands in clear in what a service is given."""
    for credential in context.credentials:
        yield _finding(credential, _in_clear(context.project, credential))


def _in_clear(project: Project, credential: Credential) -> bool:
    """Whether the file itself holds the value: it is not passed on from outside, and no variable stands for it."""
    if project.live or credential.origin.related or not credential.value:
        return False
    place = credential.origin.primary
    source = project.sources.get(place.file)
    written = source.text[place.start : place.end] if source is not None else ""
    return "$" not in written or credential.value.reveal() in written


def _finding(credential: Credential, clear: bool) -> Finding:
    passed = "in the file in clear" if clear else "passed in the environment"
    return RULE.finding(
        credential.origin.primary,
        f"{credential.variable} is {passed}",
        f"{_WHO_READS} {_instead(credential)}".strip(),
        service=credential.service,
        related=credential.origin.related,
        fix=_fix(credential),
    )


_WHO_READS = "`docker inspect` shows it to everyone who may talk to the engine, and every process of the container inherits it."


def _instead(credential: Credential) -> str:
    if credential.obstacle:
        return f"It cannot simply be moved to a file: {credential.obstacle.rstrip('.')}."
    if credential.form is None:
        return "The image is not known to read it from a file, so the application must learn to, or keep it with a reason."
    return ""


def _fix(credential: Credential) -> Fix | None:
    form = credential.form
    if form is None or credential.obstacle:
        return None
    known = "which the image reads" if form.verified else "which the image should read"
    if not form.variable:
        return Fix(f"move it to a secret file at {form.target}, where the image looks for it", Risk.SAFE if form.verified else Risk.CHECK, "secrets")
    return Fix(f"move it to a secret file and name that in {form.variable}, {known}", Risk.SAFE if form.verified else Risk.CHECK, "secrets")
