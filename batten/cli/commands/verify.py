"""Compare who should reach whom with what is on the engine: networks as they are, connections opened from inside each container, and names looked up there.

Each connection is closed as soon as it is open, nothing is sent, and only addresses of the project are tried. Root on the engine's host enters the containers'
networks; elsewhere small containers do, which are removed in the end. The exit code is 1 where anything differs.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from batten.cli import DONE, FOUND, projects, streams

if TYPE_CHECKING:
    from batten.engine.verifying import Verification, Verifying


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    parser.add_argument("--design", type=Path, metavar="FILE", help="compare with the project as this design makes it; default: as its files are")
    parser.add_argument("--context", metavar="NAME", help="the docker context of the engine; default: as the docker command has it")
    parser.add_argument(
        "--probe-image",
        default="",
        metavar="IMAGE",
        help="connect from small containers of this image; default: busybox, where batten is not root there",
    )
    parser.add_argument("--pull", action="store_true", help="let the engine pull that image where it does not have it")
    parser.add_argument("--rate", type=_positive, default=50, metavar="N", help="connections a second at most, and ten times as many lookups; default: 50")
    parser.add_argument("--limit", type=_positive, default=20_000, metavar="N", help="connections and lookups at most; default: 20000")
    parser.add_argument("--no-connect", action="store_true", help="compare the networks alone")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not number:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return number


def run(options: argparse.Namespace) -> int:
    """Ask the engine, print what was found."""
    found = _verified(options)
    if options.format == "json":
        import json

        from batten.report.verification import verification_json

        streams.put(f"{json.dumps(verification_json(found), indent=2, ensure_ascii=False)}\n")
    else:
        from batten.report.verification import verification_text

        streams.put(verification_text(found, streams.width()))
    return FOUND if found.differs else DONE


def _verified(options: argparse.Namespace) -> Verification:
    from batten.design import file
    from batten.engine.endpoint import endpoint
    from batten.engine.opening import Wishes, opened

    project = projects.source(options).load()
    design = file.read(options.design) if options.design is not None else None
    wishes = Wishes(connect=not options.no_connect, probe_image=options.probe_image, pull=options.pull, limit=options.limit, rate=options.rate)
    with opened(endpoint(options.context), (project, design), wishes) as check:
        _follow(check)
        return check.verdict()


def _follow(check: Verifying) -> None:
    """Measure; on a terminal say how far it is."""
    say = streams.show if sys.stderr.isatty() else lambda _: None
    say("Looking into the containers")
    try:
        with closing(check.measure()) as pairs:
            for measured in pairs:
                say(f"{measured.done} of {measured.total} pairs")
    finally:
        say("")
