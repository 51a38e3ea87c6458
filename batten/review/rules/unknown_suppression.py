"""A suppression has no effect: it names no rule there is, or gives no reason.

## What it does

Reports `# batten: ignore …` comments, and entries of the design file, that name
a rule which does not exist, and comments without a reason.

## Why it matters

Whoever wrote it believes that a finding is dealt with. A misspelt name leaves
the finding where it is; a suppression without a reason is one that nobody can
judge a year later, and is not followed.

## Example

```yaml
services:
  db:
    ports:
      - "5432:5432"   # batten: ignore exposed-databse
```

## Use instead

```yaml
services:
  db:
    ports:
      # batten: ignore exposed-database -- the reporting host connects
      - "5432:5432"
```

## What can break

Nothing: a comment is a comment.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Span
from batten.review import catalogue
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.suppression import Suppression

RULE = Rule(__name__, Severity.INFO, ("https://docs.docker.com/reference/compose-file/",))


def check(context: Context) -> Iterator[Finding]:
    """Report suppressions that cannot work."""
    for suppression in context.suppressions:
        yield from _unknown(suppression.rules, suppression.place)
        yield from _incomplete(suppression)
    for keep in context.keeps:
        yield from _unknown((keep.rule,), keep.where or context.place(("services",)))


def _unknown(rules: tuple[str, ...], place: Span) -> Iterator[Finding]:
    for rule in rules:
        if rule not in catalogue.every_name():
            near = catalogue.near(rule)
            meant = f" ({' or '.join(near)}?)" if near else ""
            hint = f"Did you mean {' or '.join(near)}?" if near else "`batten rules` lists them."
            yield RULE.finding(place, f"There is no rule named {rule}{meant}", f"This suppression has no effect. {hint}")


def _incomplete(suppression: Suppression) -> Iterator[Finding]:
    if not suppression.rules:
        yield RULE.finding(suppression.place, "The suppression names no rule", "Write `# batten: ignore RULE -- reason`.")
    elif not suppression.reason:
        message = "It is not followed until somebody says why. Write `# batten: ignore RULE -- reason`."
        yield RULE.finding(suppression.place, "The suppression gives no reason", message)
