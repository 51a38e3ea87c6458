"""``--live``: a running engine in the place of files, or beside them. Loaded only where it is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from batten.cli import designs, projects, streams
from batten.engine import docker_sdk
from batten.engine.endpoint import Endpoint, endpoint
from batten.engine.hostfiles import look
from batten.engine.hosting import host_of
from batten.engine.reading import Reading, Running, nothing, read, without_files
from batten.errors import BattenError, EngineError, InputError
from batten.inference.evidence import needed_connections
from batten.inference.tiers import propose_tiers
from batten.model import GeneratedFile, Project
from batten.reach import Reach, count_paths, predict
from batten.report.findings import Exposure, Reviewed
from batten.review.drift import Pair, compare
from batten.review.finding import Ignore
from batten.review.hosts.runner import review_host
from batten.review.runner import review
from batten.review.suppression import find_suppressions, suppress


class Seen(NamedTuple):
    """What was read, and of which engine."""

    reading: Reading
    endpoint: Endpoint


def reading_of(options: argparse.Namespace, files: Project | None = None) -> Seen:
    """What runs on the engine that the options name: the project of ``files`` where they are given, else that of --project-name, else all.

    Raises:
        EngineError: the engine cannot be asked, or has no such project.
        InputError: a context is named, and --live is not.
    """
    if not options.live:
        raise InputError("--context names a running engine.", hint="Add --live to read it.")
    name, directory = (files.name, files.directory) if files is not None else (options.project_name, None)
    where = endpoint(options.context)
    with docker_sdk.connected(where, docker_sdk.TIMEOUT) as engine:
        return Seen(read(engine, name=name, directory=directory), where)


def reviews(options: argparse.Namespace) -> Iterator[Reviewed | BattenError]:
    """The review of the host and of each project that runs, and what could not be read of the engine."""
    for files in _declared(options):
        if isinstance(files, BattenError):
            yield files
            continue
        try:
            reading, where = reading_of(options, files)
        except EngineError as error:
            yield error
            continue
        if files is None and options.project_name is None:
            yield host(reading, where)
        yield from (reviewed(one, reading, files) for one in reading.running)
        yield from reading.errors


def _declared(options: argparse.Namespace) -> Iterator[Project | BattenError | None]:
    """The projects whose files were named; None alone where there are none."""
    if not options.paths and not options.files:
        yield None
        return
    for path in options.paths or [None]:
        try:
            yield from (source.load() for source in projects.sources(path, options))
        except BattenError as error:
            yield error


def host(reading: Reading, where: Endpoint) -> Reviewed:
    """The findings about the daemon, its files and the nodes of its swarm, as a project of its own without services."""
    about = reading.about
    found = look(where, about.name)
    subject = host_of(about, reading.networks, reading.swarm, found, where)
    unknown = f"What the daemon of {about.name} was told can be read only there, as root: run 'batten review --live' on it."
    project = nothing(f"engine {about.name}")._replace(notes=() if found.settings is not None else (unknown,))
    return Reviewed(project, review_host(subject), Exposure(0, 0, 0))


def reviewed(running: Running, reading: Reading, files: Project | None) -> Reviewed:
    """Findings and exposure of one project that runs; the design beside its files says what is kept, as for the files."""
    project, places = running.project, running.places
    design = designs.saved(files) if files is not None else None
    tiers = {name: placement.tier for name, placement in design.tiers.items()} if design is not None else None
    connections = design.connections if design is not None else needed_connections(project)
    keeps = [*(design.suppressions if design is not None else ()), *(_kept_in_files(files) if files is not None else ())]
    found = list(review(project, keeps=keeps, tiers=tiers, connections=connections))
    if files is not None:
        found += suppress(compare(Pair(files, project, running.of_images)), (), keeps)
    findings = tuple(places.relocated(finding) for finding in sorted(found, key=lambda finding: finding.order))
    count = count_paths(project, connections, engine=reading.about.version)
    return Reviewed(without_files(project), findings, Exposure(len(project.services), count.paths, count.needed))


def _kept_in_files(files: Project) -> Iterator[Ignore]:
    """What comments in the files keep, for what runs of them."""
    if find_suppressions(files):
        yield from (Ignore(finding.rule, finding.service, finding.suppressed) for finding in review(files) if finding.suppressed is not None)


def reach_of(running: Running, reading: Reading) -> Reach:
    """Who can reach whom among what runs, on the version of its engine."""
    tiers = {name: proposal.tier for name, proposal in propose_tiers(running.project).items()}
    connections = [running.places.reconnected(connection) for connection in needed_connections(running.project)]
    return predict(running.project, engine=reading.about.version, connections=connections, tiers=tiers)


def design(options: argparse.Namespace) -> None:
    """Print the design for what runs; with -o, write it and a compose file of what runs into a folder."""
    from batten.design import file
    from batten.design.proposal import propose

    running, _ = one(options)
    if options.output is None:
        streams.put_foreign(file.dump(propose(running.project)))
    else:
        _write(running, Path(options.output or running.project.name).absolute(), force=options.force)


def _write(running: Running, folder: Path, *, force: bool) -> None:
    from batten.engine.export import files
    from batten.files import write_all
    from generators import ignores

    ignored = GeneratedFile(".gitignore", ignores.completed("").encode(), purpose="keeps secrets out of repositories")
    written = (*files(running, folder), ignored)
    write_all(written, folder, force=force)
    streams.say(f"{', '.join(file.path for file in written)} written to {streams.shown(str(folder))}.")
    streams.say("Builds, env files, comments and what no container uses are not known to the engine. Compare before you start from it.")


def one(options: argparse.Namespace) -> tuple[Running, Reading]:
    """The one project that a command is about.

    Raises:
        EngineError: a part of it could not be read, or several projects run and none is named.
    """
    files = projects.source(options).load() if options.path is not None or options.files else None
    reading, _ = reading_of(options, files)
    if reading.errors:
        raise reading.errors[0]
    if len(reading.running) != 1:
        names = ", ".join(running.project.name for running in reading.running) or "nothing"
        raise EngineError(f"there is not one project on {reading.about.name}: {names}.", hint="Name one with --project-name.")
    return reading.running[0], reading
