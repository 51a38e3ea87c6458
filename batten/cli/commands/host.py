"""Write what belongs to a host and not to a project: the remote API over TLS, daemon.json, the base of the firewall, the swarm.

Without -o the design is printed: host.yaml of the current folder, or a proposed one, with the options applied. With -o everything that it
wants is written; with the name of a part, that part alone. Nothing on this host is changed: what is written are scripts, which you read and run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batten.cli import DONE, streams

if TYPE_CHECKING:
    from batten.design.host import HostDesign
    from batten.session.host import HostSession

_PARTS = ("tls", "daemon", "firewall", "swarm")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("part", nargs="?", choices=_PARTS, help="write this part alone")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="write to DIR; without it the design is printed")
    parser.add_argument("--design", type=Path, metavar="FILE", help="a saved design; default: host.yaml of the current folder, if it is there")
    parser.add_argument("--force", action="store_true", help="replace files that are there already")
    tls = parser.add_argument_group("the API over TLS")
    _repeated(tls, "--name", "host_name", "a name or an address under which clients call this host")
    _repeated(tls, "--client", "client_name", "a client that gets a certificate; default: admin")
    _repeated(tls, "--source", "caller", "who may come to the port, for the firewall")
    tls.add_argument("--listen", type=_kind("address"), metavar="ADDRESS", help="where the daemon listens; default: every address")
    tls.add_argument("--key", choices=["ec", "rsa", "ed25519"], help="kind of keys; default: ec")
    tls.add_argument("--no-passphrase", action="store_true", help="keep the CA's key without a passphrase")
    daemon = parser.add_argument_group("the daemon")
    daemon.add_argument(
        "--daemon-json", type=Path, metavar="FILE", help="the host's own file, which is merged; default: /etc/docker/daemon.json if it is there"
    )
    firewall = parser.add_argument_group("the firewall, with PORT as in 443, 53/udp or 8000-8010/tcp@10.0.0.0/8,fd00::/8")
    _repeated(firewall, "--interface", "interface", "an interface that leads outside; default: that of the default route")
    _repeated(firewall, "--allow", "allowed", "a published port of a container that may be reached", metavar="PORT")
    _repeated(firewall, "--allow-host", "allowed", "a port of the host itself; default: 22", metavar="PORT")
    swarm = parser.add_argument_group("the swarm")
    swarm.add_argument("--swarm", action="store_true", help="this host is part of a swarm; the other options here say so too")
    _repeated(swarm, "--peer", "address", "another node, to which the firewall opens the swarm's own ports")
    swarm.add_argument("--advertise", type=_kind("address"), metavar="ADDRESS", help="where other nodes find this one")
    swarm.add_argument("--data-path", type=_kind("address"), metavar="ADDRESS", help="an address of its own for containers' traffic between nodes")


def run(options: argparse.Namespace) -> int:
    """Print the design or write its files."""
    from batten.design import host
    from batten.session.host import HostSession

    session = HostSession.open(Path(), options.design, options.daemon_json)
    design = _with_options(session.design, options)
    if options.output is None:
        streams.put(host.dump(design))
        return DONE
    write(replace(session, design=design), options.output, part=options.part, force=options.force)
    return DONE


def _repeated(group: argparse._ArgumentGroup, option: str, kind: str, text: str, *, metavar: str = "") -> None:
    shown = metavar or option.strip("-").upper()
    group.add_argument(option, action="append", default=[], type=_kind(kind), metavar=shown, help=f"{text}; can be repeated")


def _kind(name: str) -> Callable[[str], Any]:
    """What an option's text must be, as ``host.yaml`` has it; nothing is loaded before there is a text."""

    def read(given: str) -> Any:
        from batten.design import host_reading

        try:
            return getattr(host_reading, name)(given)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _with_options(design: HostDesign, options: argparse.Namespace) -> HostDesign:
    """The design with what the command line says."""
    from batten.design import host

    tls = _said(names=options.name, clients=options.client, sources=options.source)
    plain = {"address": options.listen, "key": options.key, "passphrase": False if options.no_passphrase else None}
    tls.update({key: value for key, value in plain.items() if value is not None})
    wanted = design.tls.wanted or bool(options.name) or options.part == "tls"
    design = host.with_tls(replace(design, tls=replace(design.tls, **tls)), wanted)
    design = host.with_firewall(design, **_said(interfaces=options.interface, published=options.allow, host=options.allow_host))
    return _with_swarm(design, options)


def _with_swarm(design: HostDesign, options: argparse.Namespace) -> HostDesign:
    """The design with what the command line says of a swarm; to speak of one is to want one."""
    from batten.design import host

    said = _said(peers=options.peer)
    said.update({key: value for key, value in {"advertise": options.advertise, "data_path": options.data_path}.items() if value})
    design = replace(design, swarm=replace(design.swarm, **said))
    return host.with_swarm(design) if said or options.swarm or design.swarm.wanted or options.part == "swarm" else design


def _said(**options: list[Any]) -> dict[str, Any]:
    """The options that were given, without repetitions."""
    return {name: tuple(dict.fromkeys(values)) for name, values in options.items() if values}


def write(session: HostSession, output: Path, *, part: str | None = None, force: bool = False) -> None:
    """Write what a host's design wants, or one part of it, and tell; raises BattenError."""
    from generators.hosting import PARTS, everything, write_new

    if session.daemon_json and part in (None, "tls", "daemon"):
        streams.say(f"Merging {streams.shown(session.daemon_json)} into the new daemon.json.")
    if part is None and not session.design.firewall.interfaces:
        streams.say("No firewall is written: no interface that leads outside is known. Name one with --interface.")
    files = tuple((PARTS[part] if part else everything)(session.design, session.existing))
    written = write_new(files, output, force=force)
    shown = streams.shown(str(output.absolute()))
    streams.say(f"{len(written)} file{'s' if len(written) != 1 else ''} written to {shown}." if written else f"Everything in {shown} is as it should be.")
    for file in written:
        streams.say(f"  {file.path}: {file.purpose}")
