"""A secret's file is missing, open to others, or kept in the repository.

## What it does

Looks at the files behind `secrets` (and, for missing ones, `configs`): low for
a file that does not exist and for one that every user of the host can read,
high for one that git keeps. It also reports secrets that come from the
caller's environment and are given to a service with `read_only: true`, which
Compose refuses (low).

## Why it matters

Compose mounts the file as it is: its mode on the host is its mode in the
container, and every user of the host who can read it has the secret without any
container. What git keeps is in every clone, for ever. With a missing file the
container does not start.

## Example

```yaml
services:
  db:
    image: postgres:16
    secrets: [db_password]
secrets:
  db_password:
    file: ./secrets/nowhere
```

## Use instead

A file of mode 0600 (or 0640 with a group that the service has), in a folder of
mode 0700, that `.gitignore` names:

```yaml
services:
  db:
    image: postgres:16
    secrets: [db_password]
secrets:
  db_password:
    environment: DB_PASSWORD
```

## What can break

A service that runs as a user needs to read the file: give it to that user. What
git kept once has to be changed, not only removed.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import SecretSource, TreePath
from batten.review import disk
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(
    __name__,
    Severity.LOW,
    ("CWE-538", "CWE-732", "https://docs.docker.com/compose/how-tos/use-secrets/", "https://docs.docker.com/reference/compose-file/secrets/"),
)
_MISSING = "The engine cannot mount what is not there, so services with it do not start. Write the file, with nothing but the value in it."
_OPEN = "Every user of this host can read the secret without any container. Take the rights from others (`chmod o=`), or from its folder."
_KEPT = "Every clone of the repository has it, and so does its history. Change the secret, remove the file from git and add it to `.gitignore`."
_REFUSED = "Compose copies such a secret into the container's file system, and refuses to for a read-only service. Use a file for it."


def check(context: Context) -> Iterator[Finding]:
    """Report secrets whose file or source does not do."""
    project = context.project
    if (project.secrets or project.configs) and disk.as_on_disk(project):
        for secret in project.secrets.values():
            yield from _file(context, ("secrets", secret.key), secret)
        for config in project.configs.values():
            if config.file and not disk.exists(config.file):
                yield context.finding(RULE, ("configs", config.key, "file"), f"The file of the config {config.key} does not exist", _MISSING)
    for service in context.writing("secrets"):
        for use in service.secrets if service.read_only else ():
            if use.source in project.secrets and project.secrets[use.source].environment:
                title = f"The secret {use.source} cannot be given to a read-only service"
                yield context.finding(RULE, (*service.path, "secrets", use.index), title, _REFUSED, service=service)


def _file(context: Context, path: TreePath, secret: SecretSource) -> Iterator[Finding]:
    if not secret.file:
        return
    place = (*path, "file")
    if not disk.exists(secret.file):
        yield context.finding(RULE, place, f"The file of the secret {secret.key} does not exist", _MISSING)
        return
    if disk.kept_by_git(secret.file):
        yield context.finding(RULE, place, f"The file of the secret {secret.key} is kept in the repository", _KEPT, severity=Severity.HIGH)
    if disk.open_to_all(secret.file):
        yield context.finding(RULE, place, f"Everybody on this host can read the secret {secret.key}", _OPEN)
