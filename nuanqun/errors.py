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
