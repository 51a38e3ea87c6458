"""Take the guided steps: in the assistant, one question after the other on a plain terminal, or with answers from a file.

Without -o or --in-place the design that comes of it is printed; on a terminal, the running project can be watched, compared and hardened before.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from batten.cli import DONE, afterwards, hardened, projects, streams
from batten.errors import BattenError


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    parser.add_argument("--plain", action="store_true", help="ask the questions one by one, without the assistant's screens")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="take the answers from a file: question → answer, as YAML")
    parser.add_argument("--host", action="store_true", help="ask about this host instead of a project: its API, daemon, firewall and swarm")
    hardened.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Ask, then harden as asked."""
    from batten.cli.commands.open import has_terminal

    plain = options.plain or options.answers is not None
    if not has_terminal() and options.answers is None:
        raise BattenError("there is no terminal to ask the questions on.", hint="Give the answers with --answers FILE.")
    if plain and options.answers is None and not (options.host or options.in_place or projects.named(options)):
        options = _through_the_door(options)
    if options.host:
        return _plain_host(options) if plain else _host(options)
    return _plain(options) if plain else _assistant(options)


def _through_the_door(options: argparse.Namespace) -> argparse.Namespace:
    """The options with what the user wants to harden, where nothing says it yet."""
    from wizards.doors import DOOR, HOST, PROJECT
    from wizards.plain import prompted

    chosen = prompted(DOOR)
    return argparse.Namespace(**{**vars(options), "host": chosen == HOST, "path": None if chosen in (HOST, PROJECT) else chosen})


def _assistant(options: argparse.Namespace) -> int:
    if options.output is not None or options.in_place:
        raise BattenError("the assistant asks where to write.", hint="Use --plain with -o or --in-place.")
    subject = projects.opened(options)
    from tui.app import run_on

    return run_on(subject)


def _host(options: argparse.Namespace) -> int:
    if options.output is not None:
        raise BattenError("the assistant asks where to write.", hint="Use --plain with -o.")
    from batten.session.host import HostSession

    session = HostSession.open(Path())
    from tui.app import run_on

    return run_on(session)


def _plain_host(options: argparse.Namespace) -> int:
    from batten.cli.commands import host as command
    from batten.design import host
    from batten.session.host import HostSession
    from wizards.plain import run_plain_host

    if options.in_place or options.path is not None or options.files:
        raise BattenError("a host has no project, and its files are never changed in place.", hint="Use -o DIR.")
    session = run_plain_host(HostSession.open(Path()), answers=options.answers, say=streams.say)
    if options.output is None:
        streams.put(host.dump(session.design))
    else:
        command.write(session, options.output, force=options.force)
    return DONE


def _plain(options: argparse.Namespace) -> int:
    from batten.design import file
    from wizards.plain import prompted, run_plain

    session = run_plain(projects.session(options), answers=options.answers, say=streams.say)
    if options.output is None and not options.in_place:
        if options.answers is None:
            return afterwards.follow(session, options, prompted)
        streams.put_foreign(file.dump(session.design))
        return DONE
    hardened.write(hardened.harden(session.project, session.design, options), options)
    return DONE
