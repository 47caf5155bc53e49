"""What can go wrong outside the stages.

NuanqunError
├── WorkspaceError   (RuntimeError)  the workspace is missing, foreign, newer than this version or damaged
├── UnsafeAddress    (ValueError)    a webhook URL that may not be called; nothing was sent
├── NotDelivered     (OSError)       a host did not take a message; trying again may help
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


class StalePackage(NuanqunError, ImportError):
    """Another distribution replaced one of our top-level folders."""
