"""Going on: with the files as they are now, and with the decisions of an earlier sitting, which were kept in the user's state folder."""

from __future__ import annotations

from dataclasses import replace

from batten.design import Design, file, host
from batten.design.host import HostDesign
from batten.errors import BattenError
from batten.session import Session, autosave_path, design_for
from batten.session.host import HostSession
from batten.session.host import autosave_path as host_path
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


def earlier_host(session: HostSession) -> HostDesign | None:
    """The design that was kept last for this host; None where there is none, or where it is what holds anyway."""
    path = host_path(session.folder)
    if not path.is_file():
        return None
    try:
        kept = host.load(path.read_text("utf-8"), str(path))
    except (BattenError, OSError, ValueError):
        # As with a project: kept by another version or tampered with.
        return None
    return kept if kept != session.design else None
