"""What can go wrong outside the stages.

NuanqunError
├── WorkspaceError   (RuntimeError)  the workspace is missing, foreign, newer than this version or damaged
└── StalePackage     (ImportError)   another distribution replaced one of our top-level folders
"""

from __future__ import annotations


class NuanqunError(Exception):
    """Root of all errors of the application: the message says what, where and what to do next."""


class WorkspaceError(NuanqunError, RuntimeError):
    """The workspace is missing, foreign, newer than this version or damaged."""


class StalePackage(NuanqunError, ImportError):
    """Another distribution replaced one of our top-level folders."""
