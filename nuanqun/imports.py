"""Exports into the store: read every source, keep what is new, commit everything of one import at once.

In: `Source`s. Out: new MESSAGES parts and one receipt a chat. Memory holds one batch a chat and month at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingest.errors import IngestError
from ingest.find import Rejection
from ingest.message import MESSAGES
from ingest.reading import Reading, read_export
from ingest.receipt import Receipt, combine
from ingest.settings import IngestSettings
from ingest.source import Source
from nuanqun.erase import refuse_forgotten
from nuanqun.intake import Intake
from nuanqun.measured import PASSES, measured
from nuanqun.parts import read_parts
from nuanqun.progress import Report, silent
from nuanqun.read_ahead import How, ReadAhead, Spooled, read_ahead
from nuanqun.same_chat import SameChats
from nuanqun.store import Store


@dataclass
class ImportReport:
    """What an import did: one receipt a chat, and the files that were refused with a reason."""

    receipts: list[Receipt] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)


def import_sources(
    sources: Iterable[Source | Rejection],
    store: Store,
    settings: IngestSettings,
    *,
    format_id: str | None = None,
    chat_name: str | None = None,
    dry_run: bool = False,
    workers: int = 1,
    progress: Report = silent,
) -> ImportReport:
    """Import `sources` into `store` and report; importing the same again adds nothing.

    A source that cannot be read is rejected as a whole: nothing of it enters the store. With more than one of
    `workers`, other processes read ahead; the result is the same, in the same order.
    """
    pa.set_memory_pool(pa.system_memory_pool())  # the others keep what batches leave behind
    report = ImportReport()
    found = list(sources)
    readable, how = [source for source in found if isinstance(source, Source)], How(settings, format_id, chat_name)
    by_chat: dict[str, list[Receipt]] = defaultdict(list)
    with (
        store.import_lock(),
        read_ahead(readable, how, store.workspace, workers) as ahead,
        store.write() as change,
    ):
        intake, same, read = Intake(store), SameChats(store), 0
        total = sum(PASSES * source.size for source in readable)
        for source in found:
            progress("import", read, total)
            if isinstance(source, Rejection):
                report.rejected.append(source)
                continue
            counted, count = measured(source)
            tick = partial(_tick, progress, read, count, total, ahead)
            try:
                spooled = ahead.take(source, tick) if ahead else None
                reading = spooled or read_export(counted, settings=settings, format_id=format_id, chat_name=chat_name)
                for receipt in _take_in(reading, intake, same, tick):
                    by_chat[receipt.chat_id].append(receipt)
            except IngestError as error:
                report.rejected.append(Rejection(path=error.path or source.name, reason=error.reason, hint=error.hint))
            read += PASSES * source.size
        progress("import", total, total)
        report.receipts = [compared(combine(receipts), store, same) for receipts in by_chat.values()]
        if not dry_run:
            change.add = intake.finish()
            change.chats = {
                r.chat_id: {"name": r.name, "platform": r.platform, "zone": r.zone} for r in report.receipts
            }
            change.receipts = [receipt.to_json() for receipt in report.receipts]
    return report


def _tick(progress: Report, before: int, count: Callable[[], int], total: int, ahead: ReadAhead | None) -> None:
    progress("import", min(total, max(before + count(), ahead.read if ahead else 0)), total)


def _take_in(reading: Reading | Spooled, intake: Intake, same: SameChats, tick: Callable[[], None]) -> list[Receipt]:
    """Take one source in, with a `tick` after every batch; its rows count only once it was read to the end."""
    new: dict[str, int] = defaultdict(int)
    doubled: dict[str, int] = defaultdict(int)
    refused: dict[str, int] = defaultdict(int)
    with intake.source() as taken:
        for batch in reading:
            tick()
            chat_id = batch["chat_id"][0].as_py()
            wanted = refuse_forgotten(batch, reading.receipts[chat_id].platform, intake.forgotten)
            same.take(reading.receipts[chat_id], wanted)
            added = sum(taken.offer(rows) for rows in intake.placed(wanted)) if wanted.num_rows else 0
            new[chat_id] += added
            doubled[chat_id] += wanted.num_rows - added
            refused[chat_id] += batch.num_rows - wanted.num_rows
    for chat_id, receipt in reading.receipts.items():
        receipt.chat_id = intake.home_of(chat_id)
        receipt.new = new[chat_id]
        receipt.duplicates += doubled[chat_id]  # beside those that the export itself repeats
        if refused[chat_id]:
            receipt.warn(f"forgotten: {refused[chat_id]}")
    return list(reading.receipts.values())


def compared(receipt: Receipt, store: Store, same: SameChats) -> Receipt:
    """The receipt with what the store held of the chat before this import: records, and who was known."""
    known: set[str] = set()
    for part in store.parts("messages", receipt.chat_id):
        receipt.stored_before += part.rows
        rows = read_parts(store.workspace, [part], MESSAGES, ["sender_id", "event"])
        known.update(pc.unique(rows.filter(rows["event"].is_null())["sender_id"]).to_pylist())
    receipt.known_members = len(receipt.member_ids & known)
    if found := same.find(receipt):
        receipt.same_as, share = found
        receipt.warn(f"same_chat: {share:.0%}")
    return receipt


def input_facts(source: Source) -> dict[str, Any]:
    """Name, size in bytes and sha256 of everything a source reads, for RUNS."""
    digest = sha256()
    for part in source.parts:
        with part.open() as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return {"name": source.name, "bytes": sum(part.size for part in source.parts), "sha256": digest.hexdigest()}
