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
    """One place in an export that was not read: collected, counted and shown, never dropped silently.

    `reason` is a key of ISSUES, with an optional detail after ": " ("date_order_inferred: DMY"). With
    `lost=False` nothing was dropped: the reader must only know how the file was read.
    """

    line: int
    reason: str
    excerpt: str = ""
    lost: bool = True


ISSUES = {
    "not_a_record": "a line that belongs to no record",
    "bad_json": "a line or element that is not valid JSON",
    "bad_row": "a table row with too few columns",
    "bad_time": "a record whose time cannot be read",
    "truncated_tail": "the file ends in the middle of a record; everything before it was read",
    "truncated_id": "a spreadsheet turned long numbers into powers of ten; senders may be mixed up",
    "undecodable": "bytes that the file's encoding does not know were replaced",
    "repeated_id": "records that repeat the platform's message id",
    "date_order_inferred": "day and month could be swapped; the more plausible order was taken",
    "date_inferred": "the file states no date; days were counted from the file's own hints",
    "clock_backwards": "records that are older than the one before them",
    "count_differs": "the export states another number of messages than it holds",
    "missing_part": "a file that belongs to the export is not beside it",
    "unknown_kind": "a kind of message that is not known; it was kept as unknown",
    "forgotten": "records of members who asked to be forgotten; they were not stored",
    "same_chat": "a stored chat of this name holds the same messages: it is the same chat under another id",
    "skipped_member": "a member of the archive that was refused",
}
"""Reasons a ParseIssue may carry, in words; the dashboard's catalogue translates the keys."""


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
