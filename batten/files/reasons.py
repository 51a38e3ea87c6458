"""Why a file could not be written, in words."""

from __future__ import annotations

import errno

from batten.errors import WriteError

_REASONS = {
    errno.ENOSPC: ("the disk is full", "Make room and try again."),
    errno.EDQUOT: ("your quota on this disk is used up", "Make room and try again."),
    errno.EFBIG: ("a file would be larger than this process may write", "Raise the limit and try again."),
    errno.EACCES: ("there is no permission to write here", "Choose a folder that you may write to."),
    errno.EROFS: ("this is read-only", "Choose a folder that can be written to."),
    errno.EEXIST: ("a file is where a folder is needed", "Choose another folder."),
    errno.ENOTDIR: ("a file is where a folder is needed", "Choose another folder."),
}


def failure(error: OSError | ValueError, folder: str, prefix: str) -> WriteError:
    """What went wrong. The folder stands for names with ``prefix``, which are temporary and stay out of it."""
    number = error.errno or 0 if isinstance(error, OSError) else 0
    reason, hint = _REASONS.get(number, (str(getattr(error, "strerror", None) or error), ""))
    name = str(getattr(error, "filename", None) or folder)
    return WriteError(f"nothing was written: {reason}.", hint=hint, file=folder if prefix in name else name)
