"""Put batten into Docker's own command line, or into the shell's completion.

'batten setup plugin' makes 'docker batten' work for this user; 'batten setup completion SHELL' prints a script.
"""

from __future__ import annotations

import argparse

from batten.cli import DONE, streams
from batten.errors import WriteError

SHELLS = ("bash", "zsh", "fish")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    plugin = what.add_parser("plugin", help="make 'docker batten' work: a file among this user's CLI plugins", allow_abbrev=False)
    plugin.add_argument("--remove", action="store_true", help="take it away again")
    plugin.add_argument("--force", action="store_true", help="replace a docker-batten that batten did not write")
    completion = what.add_parser("completion", help="print a script for the shell's completion", allow_abbrev=False)
    completion.add_argument("shell", choices=SHELLS)


def run(options: argparse.Namespace) -> int:
    """Do one of them."""
    if options.what == "completion":
        from batten.cli import completion

        streams.put(completion.script(options.shell))
        return DONE
    return _plugin(options)


def _plugin(options: argparse.Namespace) -> int:
    from batten.cli import plugin

    place = plugin.place()
    if options.remove:
        gone = plugin.remove()
        streams.say(f"{streams.shown(str(place))} is {'gone' if gone else 'not there'}.")
        return DONE
    if plugin.is_foreign() and not options.force:
        raise WriteError("nothing was written: this file is there already, and batten did not write it.", hint="Use --force to replace it.", file=str(place))
    plugin.install()
    streams.say(f"{streams.shown(str(place))} written: 'docker batten review' works now. 'batten setup plugin --remove' takes it away.")
    return DONE
