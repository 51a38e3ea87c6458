"""Images are not pinned to a digest.

## What it does

Lists, once for the project, the services whose image is named without a digest
(`@sha256:…`). Images that are built here are not listed; a tag without a
version is the subject of `moving-tag`.

## Why it matters

A tag can be moved: whoever may push to the repository of the image can put
another one under the same name. A digest is computed from the image itself, so
the engine runs that one or none.

## Example

```yaml
services:
  proxy:
    image: nginx:1.27.3
```

## Use instead

```yaml
services:
  proxy:
    image: nginx:1.27.3@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
```

## What can break

Nothing today; but security updates of the same tag no longer arrive by
themselves. Pin only with a bot that proposes new digests.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.folding import fold

RULE = Rule(__name__, Severity.INFO, ("CIS 4.2", "https://docs.docker.com/reference/compose-file/services/#image"))
_MESSAGE = "Whoever may push to the image's repository can put another image under the same tag. A digest rules that out; a bot can keep it current."


def check(context: Context) -> Iterator[Finding]:
    """Report once whose image has no digest."""
    services = context.project.services.values()
    loose = [service for service in services if service.image and not service.build_context and "@" not in service.image]
    places = context.places((*service.path, "image") for service in loose)
    yield from fold(context, RULE, loose, ("names an image without a digest", "name images without a digest"), _MESSAGE, places=places)
