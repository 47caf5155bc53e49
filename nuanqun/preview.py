"""A look into exports before anything is stored: first messages, format, zone, chat, and what is there already.

In: a path and choices. Out: one `Preview` a source. Small files are read whole, so that the numbers are those of the
import. Of large ones BEGINNING_BYTES and the last 64 KiB are read, whatever their size: format, encoding, zone and
what is known already are what these say. Example: `preview(store, Path("chat.txt"), settings)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.detect import detect_format
from ingest.errors import IngestError
from ingest.find import Rejection, find_sources
from ingest.merge import unseen
from ingest.message import MESSAGES
from ingest.reading import read_export
from ingest.settings import IngestSettings
from ingest.source import Source
from nuanqun.parts import read_parts
from nuanqun.store import Store

WHOLE_BYTES = 4 << 20
"""Exports up to this size are read to the end."""
BEGINNING_BYTES = 8 << 20
"""Of larger ones, so much is read; the rest where not one record is in there (pictures of members may come first)."""
BEGINNING_ROWS = 500
SHOWN = 8
"""Messages of a preview."""


@dataclass(slots=True)
class Preview:
    """What one source would become; `reason` is set where it would be refused. Numbers speak of the rows looked at."""

    name: str
    size: int  # bytes
    reason: str = ""
    hint: str = ""
    format: str = ""
    others: list[str] = field(default_factory=list)  # further formats that it might be, the likeliest first
    chat_id: str = ""
    chat: str = ""
    chats: int = 1
    platform: str = ""
    encoding: str = ""
    zone: str = ""
    zone_source: str = ""
    whole: bool = True  # False = only the beginning was read
    rows: int = 0
    known: int = 0  # of these rows, already in the store
    skipped: int = 0
    stored: int = 0  # messages of this chat in the store
    first: list[dict[str, Any]] = field(default_factory=list)  # sent_at, sender, text


def preview(
    store: Store, path: Path, settings: IngestSettings, *, format_id: str | None = None, chat_name: str | None = None
) -> list[Preview]:
    """Look into everything under `path`; never raises for bad input, stores nothing."""
    return [_look(store, source, settings, format_id, chat_name) for source in find_sources([path])]


def _look(
    store: Store, source: Source | Rejection, settings: IngestSettings, format_id: str | None, chat_name: str | None
) -> Preview:
    if isinstance(source, Rejection):
        return Preview(Path(source.path).name, 0, source.reason, source.hint)
    found = Preview(source.name, source.size, whole=source.size <= WHOLE_BYTES)
    try:
        source = source.with_settings(replace(settings, batch_rows=BEGINNING_ROWS))
        short = source if found.whole else source.beginning(BEGINNING_BYTES)
        try:
            _read(store, short, format_id, chat_name, found)
        except IngestError:
            if short is source:
                raise
            short = source
            _read(store, source, format_id, chat_name, found)
        found.others = [fmt.id for fmt, _ in detect_format(short).ranked if fmt.id != found.format]
    except IngestError as error:
        found.reason, found.hint = error.reason, error.hint
    return found


def _read(store: Store, source: Source, format_id: str | None, chat_name: str | None, found: Preview) -> None:
    reading = read_export(source, format_id=format_id, chat_name=chat_name)
    seen: set[str] = set()
    try:
        for batch in reading:
            _count(store, batch, found, seen)
            if not found.whole and found.rows >= BEGINNING_ROWS:
                break
    except IngestError:
        if found.whole or not seen:
            raise  # else a record was cut in the middle, by us
    receipt = reading.receipts[found.chat_id]
    found.format, found.chat, found.platform = receipt.format, receipt.name, receipt.platform
    found.zone, found.zone_source, found.encoding = receipt.zone, receipt.zone_source, receipt.encoding
    found.chats, found.skipped = len(seen), len(receipt.skipped)
    found.stored = sum(part.rows for part in store.parts("messages", found.chat_id))


def _count(store: Store, batch: pa.Table, found: Preview, seen: set[str]) -> None:
    """Add one batch to what was found."""
    chat_id = batch["chat_id"][0].as_py()
    if not seen:
        found.first, found.chat_id = list(_messages(batch)), chat_id
    seen.add(chat_id)
    found.rows += batch.num_rows
    found.known += batch.num_rows - unseen(batch, _known_ids(store, chat_id, batch)).num_rows


def _messages(batch: pa.Table) -> Iterator[dict[str, Any]]:
    """The first messages of members in a batch."""
    own = batch.filter(pc.is_null(batch["event"]))
    for row in (own if own.num_rows else batch).slice(0, SHOWN).to_pylist():
        sender = row["sender_card"] or row["sender_name"] or row["sender_id"] or ""
        yield {"sent_at": row["sent_at"], "sender": sender, "text": row["text"]}


def _known_ids(store: Store, chat_id: str, batch: pa.Table) -> list[pa.Array]:
    months = set(pc.strftime(batch["sent_at"], "%Y-%m").to_pylist())
    parts = [part for part in store.parts("messages", chat_id) if part.month in months]
    return read_parts(store.workspace, parts, MESSAGES, ["message_id"])["message_id"].chunks
