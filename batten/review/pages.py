"""The rules' pages, rendered from their docstrings: the same text in the terminal and in the documentation."""

from __future__ import annotations

from inspect import cleandoc

from batten.errors import BattenError
from batten.review import catalogue
from batten.review.finding import Severity

HEADINGS = ("What it does", "Why it matters", "Example", "Use instead", "What can break", "References")


def page(name: str) -> str:
    """The page of the rule ``name`` as Markdown.

    Raises:
        BattenError: there is no such rule; the hint names those that look like it.
    """
    if name not in catalogue.every_name():
        raise BattenError(f"there is no rule named {name!r}.", hint=_hint(name))
    module = catalogue.described(name)
    references = "\n".join(f"- {reference}" for reference in module.RULE.references)
    body = cleandoc(module.__doc__ or "")
    return f"# {name}\n\nSeverity: {module.RULE.severity}, where nothing in the project makes it better or worse.\n\n{body}\n\n## References\n\n{references}\n"


def index() -> tuple[tuple[str, Severity, str], ...]:
    """Name, severity and first sentence of every rule, in alphabetical order."""
    modules = [(name, catalogue.described(name)) for name in catalogue.every_name()]
    return tuple((name, module.RULE.severity, (module.__doc__ or "").partition("\n")[0]) for name, module in modules)


def _hint(name: str) -> str:
    near = catalogue.near(name)
    if not near:
        return "`batten rules` lists them."
    return f"Did you mean {' or '.join(near)}?"
