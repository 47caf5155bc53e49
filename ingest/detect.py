"""Which dialect an export is written in.

In: a `Source`. Out: every candidate with its confidence, best first. Example: `detect_format(source).best.id`.
Detection looks at the content first: files get renamed.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.columns import is_chosen
from ingest.errors import IngestError, UnknownFormat
from ingest.formats import ExportFormat, formats
from ingest.redact import mask
from ingest.source import Source

ACCEPTED = 0.5
"""Confidence from which a dialect is taken without asking, 0..1."""


@dataclass(frozen=True, slots=True)
class Detection:
    """Candidates with confidence > 0, best first; `best` is None when none is sure enough."""

    ranked: tuple[tuple[ExportFormat, float], ...]

    @property
    def best(self) -> ExportFormat | None:
        """The dialect to read with."""
        return self.ranked[0][0] if self.ranked and self.ranked[0][1] >= ACCEPTED else None

    @property
    def accepted(self) -> tuple[tuple[ExportFormat, float], ...]:
        """Those sure enough to be tried."""
        return tuple((fmt, sure) for fmt, sure in self.ranked if sure >= ACCEPTED)


def detect_format(source: Source) -> Detection:
    """Ask every format; ties go to the format whose extensions fit the name, then to the id in alphabetical order."""
    if is_chosen(source):
        return Detection(((formats()["generic_table"], 1.0),))
    head, tail, name = source.head, source.tail, source.name
    found = [(fmt, min(1.0, fmt.sniff(head, tail, name))) for fmt in formats().values()]
    found = [(fmt, sure) for fmt, sure in found if sure > 0]

    def rank(candidate: tuple[ExportFormat, float]) -> tuple[float, bool, str]:
        fmt, sure = candidate
        return -sure, not name.lower().endswith(fmt.extensions), fmt.id

    return Detection(tuple(sorted(found, key=rank)))


def choose_format(source: Source, format_id: str | None = None) -> Detection:
    """The formats to try: the one that was asked for, else those that were detected.

    Raises UnknownFormat, saying what the file looks like and what to do.
    """
    if source.size == 0:
        raise UnknownFormat("the file is empty", path=source.path, hint="Export the chat again.")
    if format_id is None:
        if source.encoding.magic not in ("", "zip", "unknown"):  # texts inside a tar look like a chat
            raise _unknown(source)
        found = detect_format(source)
        if found.best is None:
            raise _unknown(source)
        return found
    known = formats()
    if format_id not in known:
        raise UnknownFormat(
            f"there is no format {format_id!r}", path=source.path, hint=f"Known formats: {', '.join(known)}."
        )
    return Detection(((known[format_id], 1.0),))


def _unknown(source: Source) -> IngestError:
    """An UnknownFormat that says what the file is instead of a chat export."""
    encoding = source.encoding
    if encoding.name == "binary" and not source.head.strip():
        kind = "archive or office document" if encoding.magic == "zip" else "binary file"
        return UnknownFormat(f"this {kind} is no chat export", path=source.path, hint=_HINT)
    if encoding.name == "binary" and encoding.magic != "zip":
        kind = "binary" if encoding.magic == "unknown" else encoding.magic
        return UnknownFormat(
            f"this is a {kind} file, not a chat export, whatever its name says", path=source.path, hint=_HINT
        )
    first = next((line.strip() for line in source.head.split("\n") if line.strip()), "")
    if not first:
        return UnknownFormat("the file holds no text", path=source.path, hint=_HINT)
    return UnknownFormat(
        f"none of the {len(formats())} known formats fits ({encoding.label}); it starts with “{mask(first)[:60]}”",
        path=source.path,
        hint=_HINT,
    )


_HINT = (
    "Expected the export of a chat tool; `nuanqun formats` lists them, `--format ID` forces one. "
    "For a table of messages, name its columns: --column time=… --column sender=… --column text=…"
)
