"""Write what belongs to a host and not to a project: the remote API over TLS, daemon.json, the base of the firewall, the swarm.

Without -o the design is printed: host.yaml of the current folder, or a proposed one, with the options applied. With -o everything that it
wants is written; with the name of a part, that part alone. Nothing on this host is changed: what is written are scripts, which you read and run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batten.cli import DONE, streams

if TYPE_CHECKING:
    from batten.design.host import HostDesign
    from batten.design.host_existing import Existing
    from batten.model import GeneratedFile

DAEMON_JSON = "/etc/docker/daemon.json"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("part", nargs="?", choices=list(_PARTS), help="write this part alone")
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
    daemon.add_argument("--daemon-json", type=Path, metavar="FILE", help=f"the host's own file, which is merged; default: {DAEMON_JSON} if it is there")
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

    design = _with_options(_design(options), options)
    if options.output is None:
        streams.put(host.dump(design))
        return DONE
    files = list(_PARTS[options.part](design, options) if options.part else _everything(design, options))
    _write(files, options)
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


def _design(options: argparse.Namespace) -> HostDesign:
    """The saved design, else a proposed one; raises BattenError."""
    from batten.compose.source import read_source
    from batten.design import host

    path = options.design or (Path(host.NAME) if Path(host.NAME).is_file() else None)
    if path is None:
        return host.propose(_ways_out())
    source = read_source(path.absolute(), kind="design")
    return host.load(source.text, source.file)


def _with_options(design: HostDesign, options: argparse.Namespace) -> HostDesign:
    """The design with what the command line says."""
    tls = _said(names=options.name, clients=options.client, sources=options.source)
    plain = {"address": options.listen, "key": options.key, "passphrase": False if options.no_passphrase else None}
    tls.update({key: value for key, value in plain.items() if value is not None})
    wanted = design.tls.wanted or bool(options.name) or options.part == "tls"
    firewall = _said(interfaces=options.interface, published=options.allow, host=options.allow_host)
    design = replace(design, tls=replace(design.tls, **tls, wanted=wanted), firewall=replace(design.firewall, **firewall))
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


def _ways_out() -> tuple[str, ...]:
    """The interfaces of this host's default routes; none where the system does not tell."""
    found: dict[str, None] = {}
    for file, name, is_default in (("/proc/net/route", 0, _default_v4), ("/proc/net/ipv6_route", 9, _default_v6)):
        try:
            lines = [line.split() for line in Path(file).read_text().splitlines()]
        except OSError:
            continue
        found.update({line[name]: None for line in lines if is_default(line) and line[name] != "lo"})
    return tuple(found)


def _default_v4(line: list[str]) -> bool:
    return len(line) > 7 and line[1] == line[7] == "00000000"


def _default_v6(line: list[str]) -> bool:
    return len(line) > 9 and set(line[0]) == {"0"} and line[1] == "00"


def _tls(design: HostDesign, options: argparse.Namespace) -> Iterator[GeneratedFile]:
    from batten.design.host import Daemon
    from generators import host_daemon, host_tls

    yield from host_tls.files(design)
    yield from host_daemon.files(replace(design, daemon=Daemon()), _existing(options))


def _daemon(design: HostDesign, options: argparse.Namespace) -> Iterator[GeneratedFile]:
    from generators import host_daemon

    yield from host_daemon.files(design, _existing(options))


def _firewall(design: HostDesign, options: argparse.Namespace) -> Iterator[GeneratedFile]:
    from generators import host_firewall

    yield from host_firewall.files(design)


def _swarm(design: HostDesign, options: argparse.Namespace) -> Iterator[GeneratedFile]:
    from generators import host_swarm

    yield from host_swarm.files(design)


_PARTS: dict[str, Callable[[HostDesign, argparse.Namespace], Iterator[GeneratedFile]]] = {
    "tls": _tls,
    "daemon": _daemon,
    "firewall": _firewall,
    "swarm": _swarm,
}


def _everything(design: HostDesign, options: argparse.Namespace) -> Iterator[GeneratedFile]:
    """Every part that the design wants, and the design itself."""
    from batten.design import host
    from batten.model import GeneratedFile
    from generators import host_daemon, host_firewall, host_swarm, host_tls

    yield GeneratedFile(host.NAME, host.dump(design).encode(), purpose="the design of the host")
    yield from host_tls.files(design)
    yield from host_daemon.files(design, _existing(options))
    yield from host_firewall.files(design)
    yield from host_swarm.files(design)


def _existing(options: argparse.Namespace) -> Existing:
    """The host's own ``daemon.json``; raises BattenError."""
    from batten.design.host_existing import Existing, read_existing
    from batten.errors import InputError

    path = options.daemon_json or Path(DAEMON_JSON)
    if options.daemon_json is None and not path.is_file():
        return Existing()
    try:
        content = path.read_bytes()
    except OSError as error:
        hint = "Run this as root, or name a copy with --daemon-json."
        raise InputError(f"this file cannot be read: {error.strerror}.", hint=hint, file=str(path)) from None
    streams.say(f"Merging {path} into the new daemon.json.")
    return read_existing(content, str(path))


def _write(files: list[GeneratedFile], options: argparse.Namespace) -> None:
    """Write what differs from what is there; raises WriteError."""
    from batten.files import write_all

    folder = options.output.absolute()
    wanted = [file for file in files if not (folder / file.path).is_file() or (folder / file.path).read_bytes() != file.content]
    if wanted:
        write_all(wanted, folder, force=options.force)
    shown = streams.shown(str(folder))
    streams.say(f"{len(wanted)} file{'s' if len(wanted) != 1 else ''} written to {shown}." if wanted else f"Everything in {shown} is as it should be.")
    for file in wanted:
        streams.say(f"  {file.path}: {file.purpose}")
