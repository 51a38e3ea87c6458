"""``review --fix`` and ``--diff``: what can be mended without risk, by the same plan, editor and proof as every hardening."""

from __future__ import annotations

from dataclasses import replace

from batten.cli import streams
from batten.design.mending import mending
from batten.hardening import Hardening, harden
from batten.model import Project, Risk
from batten.report.findings import Reviewed
from batten.report.plans import masked_diff, plan_text
from batten.session import design_for


def safe(review: Reviewed) -> Hardening:
    """The project with its safe fixes, in memory; raises BattenError."""
    design = mending(design_for(review.project), review.findings)
    return harden(review.project, design, accept=Risk.SAFE)


def show(review: Reviewed) -> None:
    """The lines that would change on standard output, and on standard error what is not in them."""
    hardening = safe(review)
    streams.put(masked_diff(hardening, colour=streams.colours()))
    _tell_of_the_rest(hardening)


def fix(review: Reviewed) -> Project:
    """Write the safe fixes and say which they were; the project as it is then. Raises BattenError, and nothing is written."""
    from generators import export

    hardening = safe(review)
    if hardening.changes:
        exported = export(hardening, with_design=False)
        streams.say(plan_text(replace(hardening, declined=(), refusals=()), done=True, width=streams.width()).rstrip())
        if exported.backup is not None:
            streams.say(f"'batten undo' takes it back; what was there before is in {streams.shown(str(exported.backup))}.")
    _tell_of_the_rest(hardening)
    return hardening.after


def _tell_of_the_rest(hardening: Hardening) -> None:
    """What is not mended here, and who does it."""
    name, count = hardening.before.name, len({change.decision for change in hardening.declined})
    if not hardening.changes:
        streams.say(f"{name}: there is nothing that can be mended without risk.")
    if count:
        streams.say(f"{name}: {count} more need{'s' if count == 1 else ''} a look; 'batten harden' says why and does {'it' if count == 1 else 'them'}.")
    for refusal in hardening.refusals:
        streams.say(f"{name}: not done: {refusal.change.why.rstrip('.')}: {refusal.reason}.")
