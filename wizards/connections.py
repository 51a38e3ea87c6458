"""The step that asks about connections for which little or nothing speaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from batten.design import Design
from batten.design.learning import UNSURE, length, unseen
from batten.errors import DesignError
from batten.inference.evidence import needed_connections
from batten.inference.latest import kept_for_latest
from batten.model import Connection, Evidence, EvidenceKind, Project, Zone
from batten.session import Session
from wizards.cutting import recut
from wizards.questions import Answer, Choice, Question, Step, decide_all, one_of

UNSEEN, ADDED, DROPPED = "connections.*.unseen", "connections.*.added", "connections.*.dropped"
"""Questions about no service in particular: a star is in no service's name."""
KEEP, CLOSE = "keep", "close"
NONE = "nothing"
_NOTHING = (Choice(NONE, "none"),)
_PAIRS = "pairs such as api -> db, with commas"

Pair = tuple[str, str]
"""Who calls, and who is called."""


class Connections(Step):
    """Who needs whom, where the files leave it open."""

    name = "connections"
    title = "Needs"
    aside = "Nothing is assumed: the files show who needs whom."
    why = (
        "Services that need each other must share a network; all others need not. What the files show is kept without asking. Where they show nothing, "
        "a connection is assumed, so that nothing breaks. Take away what you know is not needed, and the networks are cut closer."
    )

    def questions(self, session: Session) -> list[Question]:
        """What was never seen, at once; one for each service with connections to ask about, the one with the most of them first; then what is missing, and
        what is not needed after all."""
        asked = _open_connections(session.project, session.design)
        held = {(one.source, one.target) for one in session.design.connections}
        needed = _by_source(session.design.connections)
        order = sorted(asked, key=lambda service: (-len(asked[service]), service))
        open_ = [self._question(service, asked[service], needed.get(service, ()), held, session.design) for service in order]
        return [*_about_unseen(session), *open_, *self._corrections(session)]

    def applies(self, session: Session) -> bool:
        """Whether anything is open: what may be corrected besides is no reason to stop here."""
        return bool(_open_connections(session.project, session.design))

    def _corrections(self, session: Session) -> Iterator[Question]:
        """What the user knows better than the files."""
        why = "What is missing here would be cut off: say it, and the two come to share a network."
        added = listed(added_pairs(session))
        yield Question(ADDED, "missing", "Does a service talk to one that is not listed?", why, _NOTHING, added, free=_PAIRS)
        why = "The files show them. Where one is left over from earlier, take it away, and nothing is opened for it."
        dropped = listed(dropped_pairs(session))
        yield Question(DROPPED, "left over", "Is a connection that the files show not needed any more?", why, _NOTHING, dropped, free=_PAIRS)

    def _question(self, service: str, found: tuple[Connection, ...], needed: tuple[Connection, ...], held: set[tuple[str, str]], design: Design) -> Question:
        asked = {one.target for one in found}
        certain = [one for one in needed if one.target not in asked]
        return Question(
            id=f"{self.name}.{service}",
            subject=service,
            prompt=f"Which of these does {service} talk to?",
            why="Besides what the files show it to need. Keep what you are not sure of.",
            choices=tuple(Choice(one.target, one.target, _hint(one, design)) for one in found),
            default=tuple(one.target for one in found if (service, one.target) in held),
            evidence=tuple(_named(one) for one in certain if one.target != Zone.INTERNET),
            several=True,
        )

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with the ticked connections and none of the others that were asked about, its networks cut anew."""
        if id == UNSEEN:
            return close_unseen(Session(project, design)).design if value == CLOSE else design
        if id in (ADDED, DROPPED):
            return _corrected(design, id, pairs_of(one_of(value), project), project)
        service = id.removeprefix(f"{self.name}.")
        asked = _open_connections(project, design).get(service, ())
        wanted = {value} if isinstance(value, str) else set(value)
        others = tuple(one for one in design.connections if one.source != service or one.target not in {known.target for known in asked})
        known = {(one.source, one.target): one for one in design.connections}
        kept = tuple(known.get((one.source, one.target), one) for one in asked if one.target in wanted)
        if {one.target for one in kept} == {one.target for one in asked if (one.source, one.target) in known}:
            return design
        return recut(project, replace(design, connections=others + kept), before=design)


def _about_unseen(session: Session) -> Iterator[Question]:
    """Whether to close all that was watched for and never seen."""
    found = unseen(session.design, session.project)
    if found:
        pairs = [(one.connection.source, one.connection.target) for one in found]
        prompt = f"{len(found)} that are only assumed were not seen in {length(min(one.seconds for one in found))} of watching. Close them?"
        why = f"They are {listed(pairs)}. What happens rarely, such as a job at night, does not show in a short time."
        choices = Choice(KEEP, "keep them"), Choice(CLOSE, "close them", "the networks are cut closer")
        yield Question(UNSEEN, "never seen", prompt, why, choices, KEEP)


def listed(pairs: Iterable[Pair]) -> str:
    """Pairs as they are typed."""
    return ", ".join(f"{source} -> {target}" for source, target in pairs) or NONE


def pairs_of(text: str, project: Project) -> tuple[Pair, ...]:
    """The pairs in a text; raises DesignError for one that is none of two services."""
    found = []
    for part in () if text == NONE else filter(str.strip, text.split(",")):
        source, _, target = (word.strip() for word in part.partition("->"))
        if source == target or not {source, target} <= set(project.services):
            raise DesignError(f"'{part.strip()[:80]}' is not a pair of services.", hint="Write FROM -> TO, several with commas.")
        found.append((source, target))
    return tuple(dict.fromkeys(found))


def added_pairs(session: Session) -> tuple[Pair, ...]:
    """What is held although neither the files nor anything seen speaks for it."""
    proposed = _proposed(session.project)
    said = [one for one in session.design.connections if not one.evidence or one.evidence[0].kind is not EvidenceKind.OBSERVED]
    return tuple(pair for one in said if (pair := (one.source, one.target)) not in proposed and one.target != Zone.INTERNET)


def dropped_pairs(session: Session) -> tuple[Pair, ...]:
    """What the files show and is not held."""
    held = {(one.source, one.target) for one in session.design.connections}
    return tuple(pair for pair, one in _proposed(session.project).items() if _is_shown(one) and pair not in held)


def _corrected(design: Design, id: str, wanted: tuple[Pair, ...], project: Project) -> Design:
    """The design with these pairs added, or these dropped, and none of those that were before; its networks cut anew."""
    session = Session(project, design)
    proposed, before = _proposed(project), set(added_pairs(session) if id == ADDED else dropped_pairs(session))
    if before == set(wanted):
        return design
    gone = before - set(wanted) if id == ADDED else set(wanted)
    new = [pair for pair in (wanted if id == ADDED else before) if pair not in (before if id == ADDED else wanted)]
    kept = [one for one in design.connections if (one.source, one.target) not in gone]
    held = {(one.source, one.target) for one in kept}
    kept += [proposed.get(pair) or Connection(*pair, (Evidence(EvidenceKind.DECLARED, None, "said by you"),)) for pair in new if pair not in held]
    return recut(project, replace(design, connections=tuple(kept)), before=design)


@kept_for_latest
def _proposed(project: Project) -> Mapping[Pair, Connection]:
    """What the files show or leave open, by its pair."""
    return {(one.source, one.target): one for one in needed_connections(project, contexts=True)}


def _is_shown(one: Connection) -> bool:
    return one.target != Zone.INTERNET and one.evidence[0].kind not in UNSURE


def close_unseen(session: Session) -> Session:
    """The session without the connections that little speaks for and that were never seen though they were watched for, in one decision."""
    step, gone = Connections(), {(one.connection.source, one.connection.target) for one in unseen(session.design, session.project)}
    asked = [one for one in step.questions(session) if one.several]
    answers = [(one, tuple(target for target in one.default if (one.subject, target) not in gone)) for one in asked]
    return decide_all(session, step, answers, "close what was never seen")


def _hint(connection: Connection, design: Design) -> str:
    """What little speaks for a connection, and what was seen of it."""
    text = connection.evidence[0].text
    little = "started after it, which need not mean that they talk" if text == "depends_on" else text
    watched = design.observed.seconds(connection.source, connection.target)
    if not watched or design.observed.maybe(connection.source, connection.target):
        return little
    return f"not seen in {length(watched)} of watching; {little}"


def _named(connection: Connection) -> Evidence:
    first = connection.evidence[0]
    return Evidence(first.kind, first.where, f"needs {connection.target}: {first.text}")


def _open_connections(project: Project, design: Design) -> Mapping[str, tuple[Connection, ...]]:
    """What there is to ask about: service → its connections that are assumed or merely follow the order of starting, and that nobody has seen."""
    unseen = (one for one in _unsure(project) if design.observed.of(one.source, one.target) is None)
    return _by_source(unseen)


@kept_for_latest
def _unsure(project: Project) -> tuple[Connection, ...]:
    """Connections between services that are assumed or merely follow the order of starting."""
    return tuple(one for one in _proposed(project).values() if one.target != Zone.INTERNET and one.evidence[0].kind in UNSURE)


def _by_source(connections: Iterable[Connection]) -> Mapping[str, tuple[Connection, ...]]:
    found: dict[str, list[Connection]] = {}
    for one in connections:
        found.setdefault(one.source, []).append(one)
    return {service: tuple(some) for service, some in found.items()}
