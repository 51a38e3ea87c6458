"""The decisions of an earlier sitting, which were kept in the user's state folder."""

from __future__ import annotations

from batten.design import Design, file
from batten.errors import BattenError
from batten.session import Session, autosave_path


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
