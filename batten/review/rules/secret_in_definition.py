"""A credential stands in a label, a build argument or the text of a config.

## What it does

Reports passwords, tokens and URLs with a password in `build.args`, in `labels`
and in `configs.content` (high), and hashes of passwords in labels, such as the
users of a proxy's basic authentication: medium where they can be guessed
quickly (MD5, SHA), low where that is slow (bcrypt). The value is never shown.

## Why it matters

Build arguments stay in the image's history, for everyone who gets the image.
Labels are shown by `docker inspect`, and every program that may list containers
reads those of all of them. A config's text is in the file, and a config, unlike
a secret, is kept and shown in clear everywhere. A hash can be tried at home at
any speed until the password falls out.

## Example

```yaml
services:
  api:
    build:
      context: .
      args: {NPM_TOKEN: correct-horse-battery}
```

## Use instead

```yaml
services:
  api:
    build:
      context: .
      secrets: [npm_token]
secrets:
  npm_token:
    environment: NPM_TOKEN
```

In the Dockerfile: `RUN --mount=type=secret,id=npm_token …`. For a proxy's users
a file (`basicauth.usersfile`), for a config a secret.

## What can break

Dockerfiles that expect the argument have to be changed along with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.spilled import Spill

RULE = Rule(
    __name__,
    Severity.HIGH,
    (
        "CIS 4.10",
        "OWASP Docker Security Cheat Sheet, rule 12",
        "https://docs.docker.com/build/building/secrets/",
        "https://docs.docker.com/reference/compose-file/configs/",
    ),
)
_WHY = {
    "build argument": "Build arguments stay in the history of the image. Use a build secret, which leaves no trace.",
    "label": "`docker inspect` and every program that may list containers show labels. Name a file instead of the value.",
    "config": "A config is kept and shown in clear, here and in the engine. Make it a secret and give it to the service that needs it.",
}
_HASHES = {
    "weak": (
        Severity.MEDIUM,
        "The hash of a password can be tried at any speed, and this kind falls quickly. Use bcrypt, in a file of users instead of a label.",
    ),
    "strong": (Severity.LOW, "Whoever may list containers gets the hash and tries passwords at home. Keep it in a file of users instead of a label."),
}


def check(context: Context) -> Iterator[Finding]:
    """Report credentials in build arguments, labels and configs."""
    for spill in context.spills:
        if spill.where in _WHY:
            yield _finding(context, spill)


def _finding(context: Context, spill: Spill) -> Finding:
    service = context.project.services[spill.service] if spill.service is not None else None
    if spill.hashed:
        severity, message = _HASHES[spill.hashed]
        return context.finding(RULE, spill.path, "A password's hash stands in its labels", message, service=service, severity=severity)
    return context.finding(RULE, spill.path, f"A credential stands in the {spill.where} {spill.name}", _WHY[spill.where], service=service)
