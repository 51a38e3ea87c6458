"""Going on: with the files as they are now, and with the decisions of an earlier sitting, which were kept in the user's state folder."""

from __future__ import annotations

from dataclasses import replace

from batten.design import Design, file
from batten.errors import BattenError
from batten.session import Session, autosave_path, design_for
from wizards.catching_up import caught_up


def read_again(session: Session) -> Session:
    """The session on the files as they are now: decisions stay, and what is new in the files gets its proposal; raises BattenError.

    Without any decision the proposal is made anew.
    """
    again = session.reload()
    if not again.past:
        return replace(again, design=design_for(again.project))
    return again.decide(caught_up(again.design, session.project, again.project), "what is new in the files")


def earlier(session: Session) -> Design | None:
    """The design that was kept last for this project; None where there is none, or where it is what holds anyway."""
    path = autosave_path(session.project)
    if not path.is_file():
        return None
    try:
        kept = file.read(path)
    except BattenError:
        # It was kept by another version or has been tampered with: then the sitting begins anew, as without it.
        return None
    return kept if file.dump(kept) != file.dump(session.design) else None
