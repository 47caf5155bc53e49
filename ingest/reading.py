"""An export read once, in order, as MESSAGES tables with a receipt for every chat in it.

In: a `Source`. Out: `Reading`, an iterable of batches. Example:
`reading = read_export(source); tables = list(reading); reading.receipts`.
Memory is bounded by `settings.batch_rows`; nothing may be kept by the caller before the iteration has ended,
because a file that turns out to be mostly unreadable is refused at its end.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from ingest.chat_rows import ChatMemory, ChatRows
from ingest.detect import Detection, choose_format
from ingest.errors import BrokenExport, IngestError, ParseIssue
from ingest.formats import ExportFormat
from ingest.message import ChatStart, Message
from ingest.receipt import Receipt
from ingest.settings import IngestSettings
from ingest.source import Source

MIN_LOST = 5
"""So few unreadable places never make a file refused."""


MAX_CHARS = 4_000_000
"""Characters of text after which a batch is full, however few its rows are."""


class Reading:
    """One pass over one export: iterate once for the batches, then look at `receipts` (by chat id).

    Each batch holds rows of one chat and obeys MESSAGES; equal platform ids come once.
    """

    def __init__(
        self,
        source: Source,
        detection: Detection,
        chat_name: str | None,
    ) -> None:
        self._source = source
        self._detection = detection
        self._chat_name = chat_name
        self._chats: dict[str, ChatRows] = {}
        self._early: list[ParseIssue] = []
        self._stated: set[tuple[str, str | None]] = set()
        self._memory = ChatMemory.empty()

    @property
    def receipts(self) -> dict[str, Receipt]:
        """What was found, by chat id; complete after the iteration. Chats without a single record are left out."""
        return {key: chat.receipt for key, chat in self._chats.items() if chat.receipt.records}

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield batches; raises BrokenExport when no candidate format finds a record."""
        failure: BrokenExport | None = None
        for fmt, confidence in self._detection.accepted:
            self._chats, self._early, self._stated, self._memory = {}, [], set(), ChatMemory.empty()
            started = False
            try:
                for batch in self._read(fmt, confidence):
                    started = True
                    yield batch
                return
            except BrokenExport as error:
                # A later candidate may only be tried while nothing of this one was handed out.
                if started:
                    raise
                failure = failure or error
        raise failure or BrokenExport("no format to read it with", path=self._source.path)

    def _read(self, fmt: ExportFormat, confidence: float) -> Iterator[pa.Table]:
        rows, chars, current = 0, 0, None
        for record in self._records(fmt):
            if type(record) is Message and current is not None:
                current.add(record, self._source.current)
                rows, chars = rows + 1, chars + len(record.text)
                if rows >= self._source.settings.batch_rows or chars >= MAX_CHARS:
                    yield from self._flush()
                    rows, chars = 0, 0
            elif isinstance(record, ChatStart):
                current = self._chat(fmt, confidence, record)
            elif isinstance(record, ParseIssue):
                current.receipt.skip(record) if current else self._early.append(record)
            else:
                raise BrokenExport(f"format {fmt.id} gave a message before its chat", path=self._source.path)
        self._check(fmt)
        yield from self._flush()
        for chat in self._chats.values():
            chat.finish()
            if self._source.undecodable:
                chat.receipt.warn(f"undecodable: {self._source.undecodable}")
            if any(part.cut for part in self._source.parts):
                chat.receipt.warn("truncated_tail")

    def _records(self, fmt: ExportFormat) -> Iterator:
        """What the parser yields; its own exceptions become a BrokenExport that names the file."""
        try:
            yield from fmt.parse(self._source)
        except (IngestError, OSError, MemoryError):
            raise
        except Exception as error:  # hostile input must end in a message, whatever the parser trips over
            where = self._source.current or self._source.name
            raise BrokenExport(
                f"{fmt.title} ({fmt.id}) cannot read {where}: {type(error).__name__}: {error}",
                path=self._source.path,
                hint="Export the chat again, or choose another format with --format.",
            ) from error

    def _chat(self, fmt: ExportFormat, confidence: float, start: ChatStart) -> ChatRows:
        name = start.name.strip() or self._source.chat_name
        self._stated.add((name, start.platform_chat_id))
        if self._chat_name and len(self._stated) > 1:
            raise BrokenExport(
                "the export holds several chats, so one name cannot be given to it",
                path=self._source.path,
                hint="Import it without a chat name.",
            )
        chat = ChatRows(start, self._chat_name or name, fmt.platform, self._source.settings, self._memory)
        if chat.chat_id in self._chats:
            return self._chats[chat.chat_id]
        chat.receipt.format, chat.receipt.confidence = fmt.id, round(confidence, 3)
        others = [(other.id, round(sure, 3)) for other, sure in self._detection.ranked if other is not fmt]
        chat.receipt.runners_up = others
        chat.receipt.encoding = self._source.encoding.label
        chat.receipt.sources = [self._source.path]
        for issue in self._early:
            chat.receipt.skip(issue)
        self._early = []
        self._chats[chat.chat_id] = chat
        return chat

    def _flush(self) -> Iterator[pa.Table]:
        for chat in self._chats.values():
            if chat.waiting:
                yield chat.take_table()

    def _check(self, fmt: ExportFormat) -> None:
        """Refuse an export without records, or one of which too large a share could not be read."""
        kept = sum(chat.receipt.records for chat in self._chats.values())
        issues = [issue for chat in self._chats.values() for issue in chat.receipt.skipped]
        lost = len(issues) + sum(sum(chat.receipt.skipped_more.values()) for chat in self._chats.values())
        first = next(iter(issues + self._early), None)
        where = f", first at line {first.line} ({first.reason})" if first else ""
        if not kept:
            raise BrokenExport(
                f"recognised as {fmt.title} ({fmt.id}), but it holds not one whole record{where}",
                path=self._source.path,
                hint="The file may be cut or still being written; export the chat again.",
            )
        if lost > MIN_LOST and lost > self._source.settings.max_failed_share * (kept + lost):
            raise BrokenExport(
                f"recognised as {fmt.title} ({fmt.id}), but {lost} of {kept + lost} places cannot be read{where}",
                path=self._source.path,
                hint="Choose another format with --format, or export the chat again.",
            )


def read_export(
    source: Source,
    *,
    settings: IngestSettings | None = None,
    format_id: str | None = None,
    chat_name: str | None = None,
) -> Reading:
    """Detect the format of `source` (or take `format_id`) and return the `Reading` of it.

    `chat_name` names the chat of an export that holds only one. Raises UnknownFormat here; BrokenExport comes
    while iterating.
    """
    source = source.with_settings(settings) if settings else source
    return Reading(source, choose_format(source, format_id), chat_name)
