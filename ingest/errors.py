"""What can go wrong while reading an export.

IngestError
├── UnknownFormat   (ValueError)   no dialect recognised the file
├── BrokenExport    (ValueError)   a dialect recognised it, too much of it cannot be read
├── UnsafeArchive   (ValueError)   zip or tar with paths, links or ratios that are refused
└── ShrinkingMerge  (RuntimeError) a merge would lower the message count of a chat

Every message says what, where (file:line), what was expected and what to do next.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParseIssue:
    """One place in an export that was not read: collected, counted and shown, never dropped silently."""

    line: int
    reason: str
    excerpt: str = ""


class IngestError(Exception):
    """Root of all ingest errors: `reason` says what and where, `hint` what to do next."""

    def __init__(self, reason: str, *, path: str = "", hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.path}: {self.reason}" if self.path else self.reason
        return f"{head} {self.hint}".strip()


class UnknownFormat(IngestError, ValueError):
    """No dialect recognised the file."""


class BrokenExport(IngestError, ValueError):
    """A dialect recognised the file, but too much of it cannot be read."""


class UnsafeArchive(IngestError, ValueError):
    """An archive with path traversal, links, or a suspicious size or ratio."""


class ShrinkingMerge(IngestError, RuntimeError):
    """A merge that would lower the message count of a chat."""
