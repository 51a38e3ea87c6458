"""Harden Docker projects: open the assistant on a compose file or a folder.

Without PATH it asks what to open: the project of this folder, another one, this host. Without a terminal the review is printed instead.
"""

from __future__ import annotations

import argparse
import sys

from batten.cli import projects, streams


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Open the assistant, or review."""
    if not has_terminal():
        from batten.cli.commands import review

        streams.say("There is no terminal to open the assistant on; this is what 'batten review' says.")
        paths = [options.path] if options.path is not None else []
        given = {"paths": paths, "format": "text", "fail_on": "high", "live": False, "context": None, "baseline": None, "fix": False, "diff": False}
        return review.run(argparse.Namespace(**vars(options), **given))
    subject = projects.opened(options) if projects.named(options) else None
    from tui.app import run_on

    return run_on(subject)


def has_terminal() -> bool:
    """Whether somebody sits in front of us."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
