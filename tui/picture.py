"""What the screens show of a session: everything that takes time to work out, worked out beforehand in a thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from batten.design import Design
from batten.errors import BattenError
from batten.hardening import Hardening
from batten.inference.credentials import find_credentials
from batten.model import GeneratedFile, Risk
from batten.reach import Reach
from batten.report.excerpt import Excerpts
from batten.report.plans import masked_diff
from batten.report.veil import IN_WORDS, Veil, veil_of
from batten.review.finding import Finding, Severity
from batten.session import Outcome, Session
from generators import generate
from wizards.networks import NetworksStep
from wizards.steps import STEPS


@dataclass(frozen=True, eq=False)
class After:
    """A session's project as it would be hardened."""

    hardening: Hardening
    findings: tuple[Finding, ...]
    """What is left; what is kept stands in the list with its reason."""
    reach: Reach
    files: tuple[GeneratedFile, ...]
    """What is written beside the project's own files."""
    difference: str
    """Between the files as they are and as they would be, secrets masked."""
    veil: Veil
    """Masks secrets in our own sentences."""

    @property
    def standing(self) -> tuple[Finding, ...]:
        """What is left and not kept."""
        return standing(self.findings)

    @property
    def kept(self) -> tuple[Finding, ...]:
        """What is left because the design keeps it; what a comment or the design ignores is not counted anywhere."""
        return tuple(one for one in self.findings if one.suppressed is not None and is_kept(one, self.hardening.design))


@dataclass(frozen=True, eq=False)
class Shares:
    """What an intruder could use, by what it needs."""

    found: int
    safe: int
    """Mended without risk."""
    check: int
    """Mended by changes that somebody should look at."""

    @property
    def left(self) -> int:
        """What no accepted change mends."""
        return self.found - self.safe - self.check


@dataclass(frozen=True, eq=False)
class Picture:
    """What was worked out so far for one session."""

    session: Session
    findings: tuple[Finding, ...] = ()
    reach: Reach | None = None
    idle: frozenset[str] = frozenset()
    """Names of the steps that have nothing to decide."""
    excerpts: Excerpts | None = None
    """Cuts lines out of the project's files, credentials masked."""
    after: After | None = None
    """None while it is being worked out, and where it could not be."""
    shares: Shares | None = None
    strategies: Mapping[str, str] = field(default_factory=dict)
    """What each way to cut the networks would come to, in a few words."""
    error: BattenError | None = None

    @property
    def standing(self) -> tuple[Finding, ...]:
        """What an intruder could use now."""
        return standing(self.findings)

    @property
    def usable(self) -> tuple[Finding, ...]:
        """Those of them that somebody gains something by; the others are good to know."""
        return usable(self.findings)


def standing(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that nothing suppresses."""
    return tuple(one for one in findings if one.suppressed is None)


def usable(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that nothing suppresses and that an intruder gains something by."""
    return tuple(one for one in standing(findings) if one.severity is not Severity.INFO)


def develop(session: Session, earlier: Picture | None = None) -> Iterator[Picture]:
    """The picture of a session in stages, each more complete; takes its time, so not for the thread of the screens.

    Args:
        session: what is to be drawn.
        earlier: the picture that is seen meanwhile; what cannot have changed since is taken from it.
    """
    outcome = session.outcome()
    same = earlier if earlier is not None and earlier.after is not None and earlier.session.project is session.project else None
    picture = Picture(session)
    try:
        excerpts = same.excerpts if same else Excerpts(session.project, find_credentials(session.project))
        picture = Picture(session, outcome.findings_before, outcome.reach_before, same.idle if same else frozenset(), excerpts)
        if same is None:
            yield picture
        picture = replace(picture, after=_after(outcome))
        yield picture
        picture = replace(picture, idle=frozenset(step.name for step in STEPS if not step.applies(session)))
        yield (picture := replace(picture, shares=_shares(session, picture.findings)))
        if same is not None and same.strategies and _open(same.session.design) == _open(session.design):
            yield replace(picture, strategies=same.strategies)
            return
        for choice, figures in _strategies(session):
            yield (picture := replace(picture, strategies={**picture.strategies, choice: figures}))
    except BattenError as error:
        yield replace(picture, error=error)


def _open(design: Design) -> Design:
    """The parts of a design that ways between services hang on."""
    return replace(design, privileges={}, secrets=(), keeps=(), consents=(), ignore=())


def _after(outcome: Outcome) -> After:
    hardening = outcome.hardening
    files = {one.path: one for one in generate(hardening)}
    veil = veil_of(hardening.before, changes=hardening.changes + hardening.declined, shortest=IN_WORDS)
    return After(hardening, outcome.findings_after, outcome.reach_after, tuple(files.values()), masked_diff(hardening), veil)


def _strategies(session: Session) -> Iterator[tuple[str, str]]:
    """For each way to cut the networks: how many there would be, and how many paths more than the files speak for."""
    question = NetworksStep().questions(session)[0]
    for choice in question.choices:
        design = NetworksStep().answer(session.design, question.id, choice.value, session.project) if choice.value != question.default else session.design
        reach = Outcome(session.project, design, Risk.CHECK).reach_after
        spare = len(reach.service_paths) - reach.needed
        networks = len(design.networks.networks)
        yield choice.value, f"{networks} network{'' if networks == 1 else 's'} · {spare} path{'' if spare == 1 else 's'} more than needed"


def _shares(session: Session, findings: tuple[Finding, ...]) -> Shares:
    found = Counter(map(_key, usable(findings)))
    after_safe = found & _left(session, Risk.SAFE)
    after_check = after_safe & _left(session, Risk.CHECK)
    return Shares(found.total(), found.total() - after_safe.total(), after_safe.total() - after_check.total())


def _left(session: Session, risk: Risk) -> Counter[tuple[str, str | None]]:
    """What is left after all changes up to a risk; what is only kept counts too, it is not mended."""
    # Only what the user has chosen is kept: another hardened project would take as much memory once more.
    outcome = session.outcome() if risk == session.accept else Outcome(session.project, session.design, risk)
    return Counter(_key(one) for one in outcome.findings_after if one.suppressed is None or is_kept(one, session.design))


def is_kept(finding: Finding, design: Design) -> bool:
    """Whether the design keeps a finding, with a reason."""
    return any(keep.covers(finding) for keep in design.keeps)


def _key(finding: Finding) -> tuple[str, str | None]:
    return finding.rule, finding.service
