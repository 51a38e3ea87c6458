"""A suppression is about nothing any more.

## What it does

Reports `# batten: ignore …` comments and entries of the design file whose rule
finds nothing at that place (info). Each rule that a comment names is judged by
itself.

## Why it matters

What was accepted once is not there any more, or has moved to another line. The
comment stays, and quietly accepts the next one that somebody writes there.

## Example

```yaml
services:
  db:
    image: postgres:16
    ports:
      # batten: ignore exposed-database -- reports come from there
      - "127.0.0.1:5432:5432"
```

## Use instead

```yaml
services:
  db:
    image: postgres:16
    ports:
      - "127.0.0.1:5432:5432"
```

## What can break

Nothing: a comment is a comment. A file that several projects include may have
one that is of use to another of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review import catalogue
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.INFO, ("https://docs.docker.com/reference/compose-file/",))
_MESSAGE = "What it accepted is gone or has moved. Remove it, so that it does not accept what somebody writes there next."


def check(context: Context) -> Iterator[Finding]:
    """Report suppressions that none of the other rules' findings needs."""
    for comment in context.suppressions:
        covered = {finding.rule for finding in context.found if comment.covers(finding)}
        for rule in comment.rules if comment.reason else ():
            if rule not in covered and rule in catalogue.names():
                yield RULE.finding(comment.place, f"The rule {rule} finds nothing here", _MESSAGE)
    for keep in context.keeps:
        if keep.where is not None and keep.rule in catalogue.names() and not any(keep.covers(finding) for finding in context.found):
            yield RULE.finding(keep.where, f"The rule {keep.rule} finds nothing about {keep.service or 'the project'}", _MESSAGE)
