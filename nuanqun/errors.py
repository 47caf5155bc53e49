"""What can go wrong outside the stages.

NuanqunError
├── WorkspaceError   (RuntimeError)  the workspace is missing, foreign, newer than this version or damaged
├── UnsafeAddress    (ValueError)    a webhook URL that may not be called; nothing was sent
├── NotDelivered     (OSError)       a host did not take a message; trying again may help
├── Forbidden        (PermissionError)  this role, or this person, may not do that
├── Cancelled        (RuntimeError)  somebody stopped a background job; nothing half stays
├── AccountError     (ValueError)    a name or password that cannot be used for an account
├── StaleRow         (RuntimeError)  what was decided upon had changed meanwhile; nothing was stored
└── StalePackage     (ImportError)   another distribution replaced one of our top-level folders
"""

from __future__ import annotations

import errno


class NuanqunError(Exception):
    """Root of all errors of the application: the message says what, where and what to do next."""


class WorkspaceError(NuanqunError, RuntimeError):
    """The workspace is missing, foreign, newer than this version or damaged."""


class UnsafeAddress(NuanqunError, ValueError):
    """The URL may not be called; nothing was sent."""


class NotDelivered(NuanqunError, OSError):
    """The host was called and did not take the message; trying again may help."""


class Forbidden(NuanqunError, PermissionError):
    """This role, or this person, may not do that."""


class Cancelled(NuanqunError, RuntimeError):
    """Somebody stopped a background job; nothing half stays."""


class AccountError(NuanqunError, ValueError):
    """A name or password that cannot be used for an account; `reason` is a key of the words on screen."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class StaleRow(NuanqunError, RuntimeError):
    """Somebody else had decided meanwhile; nothing was stored. `changed` are the (chat_id, message_id) concerned."""

    def __init__(self, changed: list[tuple[str, str]], message: str) -> None:
        super().__init__(message)
        self.changed = changed


class StalePackage(NuanqunError, ImportError):
    """Another distribution replaced one of our top-level folders."""


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}


def disk_trouble(error: BaseException) -> str | None:
    """A full disk or missing rights behind `error`, as a sentence with advice; None for anything else.

    SQLite says both in words only.
    """
    number, words = getattr(error, "errno", None), str(error).lower()
    where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
    if number in _NO_ROOM or "disk is full" in words or "no space left" in words or "file too large" in words:
        return f"No room is left on the disk{where}. Nothing of the old state is lost: make room and run this again."
    if number in _NO_RIGHT or "readonly database" in words:
        return (
            f"A file may not be written or read{where}. Nothing of the old state is lost: run this as the owner of the "
            "workspace, or `nuanqun doctor --verify`."
        )
    return None
