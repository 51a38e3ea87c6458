"""List the rules, or show one rule's page."""

from __future__ import annotations

import argparse

from batten.cli import DONE, streams


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("rule", nargs="?", metavar="RULE", help="the name of a rule")


def run(options: argparse.Namespace) -> int:
    """Print the page or the list."""
    from batten.review import pages

    streams.put(pages.page(options.rule) if options.rule else _list())
    return DONE


def _list() -> str:
    from batten.review import pages

    index = pages.index()
    wide = max(len(name) for name, _, _ in index)
    lines = [f"{name:<{wide}}  {severity:<8}  {sentence}" for name, severity, sentence in index]
    return "\n".join([*lines, "", "'batten rules RULE' shows why, what to do instead and what can break."]) + "\n"
