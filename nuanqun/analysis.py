"""The two heavy steps as jobs over Parquet parts: annotate one part, analyse one chat.

A job names files and settings only, so that the same function runs here, in a local process or on a cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from community.analysis import analyse
from community.settings import CommunitySettings
from ingest.message import MESSAGES
from nlp.settings import NlpSettings
from nuanqun import __version__
from nuanqun.engine import Engine
from nuanqun.parts import Part, read_parts, read_rows, write_part
from nuanqun.progress import Report, silent
from nuanqun.store import SCHEMAS, Store

COMMIT_EVERY = 64
"""Annotated parts per transaction."""


JOB_ROWS = 20_000
"""Messages annotated at a time: many small parts share the fixed cost of a call, and equal texts are scored once."""


@dataclass(frozen=True, slots=True)
class AnnotateJob:
    """Some messages parts to annotate together."""

    workspace: Path
    parts: tuple[Part, ...]
    settings: NlpSettings


@dataclass(frozen=True, slots=True)
class AnalyseJob:
    """One chat to analyse."""

    workspace: Path
    chat_id: str
    name: str
    platform: str
    messages: tuple[Part, ...]
    annotations: tuple[Part, ...]
    settings: CommunitySettings


@lru_cache(maxsize=1)
def load_annotator(settings: NlpSettings):
    """The annotator of this process: models are loaded once, on first use."""
    from nlp.annotate import Annotator

    return Annotator(settings)


def annotate_parts(job: AnnotateJob) -> list[Part]:
    """Annotate messages parts and write an annotations part beside each (same stem, same rows)."""
    annotator = load_annotator(job.settings)
    annotations = annotator.annotate(read_parts(job.workspace, job.parts, MESSAGES))
    written, start = [], 0
    for part in job.parts:
        rows = annotations.slice(start, part.rows)
        start += part.rows
        beside = {"table_name": "annotations", "chat_id": part.chat_id, "month": part.month, "stem": part.stem}
        written.append(write_part(job.workspace, rows, **beside, version=annotator.version))
    return written


def share_out(parts: Sequence[Part], rows: int) -> list[tuple[Part, ...]]:
    """Put neighbouring parts together until a bunch holds `rows` messages."""
    bunches: list[list[Part]] = []
    for part in parts:
        if not bunches or sum(other.rows for other in bunches[-1]) >= rows:
            bunches.append([])
        bunches[-1].append(part)
    return [tuple(bunch) for bunch in bunches]


def analyse_chat(job: AnalyseJob) -> list[Part]:
    """Analyse one chat and write one part of each table of SCHEMAS."""
    messages = read_rows(job.workspace, job.messages)
    annotations = read_rows(job.workspace, job.messages, job.annotations)
    analysis = analyse(messages, annotations, name=job.name, platform=job.platform, settings=job.settings)
    version = fingerprint(job.messages, job.settings)
    return [
        write_part(job.workspace, getattr(analysis, name), table_name=name, chat_id=job.chat_id, version=version)
        for name in SCHEMAS
    ]


def fingerprint(messages: Sequence[Part], settings: CommunitySettings) -> str:
    """Names what an analysis was made from: the same messages, settings and tables need no new one."""
    parts = sorted(part.stem for part in messages)
    tables = [schema.metadata[b"schema"] for schema in SCHEMAS.values()]
    return blake2b(repr((parts, settings, __version__, tables)).encode(), digest_size=12).hexdigest()


def annotate_new(store: Store, engine: Engine, settings: NlpSettings, *, progress: Report = silent) -> int:
    """Annotate the messages parts that have no annotations of the current models; return how many messages."""
    if not store.parts("messages"):
        return 0
    version = load_annotator(settings).version
    done = {part.stem for part in store.parts("annotations") if part.version == version}
    waiting = [part for part in store.parts("messages") if part.stem not in done]
    jobs = [AnnotateJob(store.workspace, bunch, settings) for bunch in share_out(waiting, JOB_ROWS)]
    total, count = sum(part.rows for part in waiting), 0
    finished: list[Part] = []
    for parts in engine.map(annotate_parts, jobs):
        finished += parts
        count += sum(part.rows for part in parts)
        progress("annotate", count, total)
        if len(finished) >= COMMIT_EVERY:
            _commit(store, finished)
    _commit(store, finished)
    return count


def _commit(store: Store, finished: list[Part]) -> None:
    """Make finished parts live, so that an interrupted run goes on where it stopped."""
    with store.write() as change:
        change.add += finished
    finished.clear()


def analyse_changed(
    store: Store,
    engine: Engine,
    settings: CommunitySettings,
    *,
    chat_id: str | None = None,
    progress: Report = silent,
) -> int:
    """Analyse the chats whose messages or settings changed since their last analysis; return how many chats."""
    known = store.known_chats()
    jobs = []
    for chat in known if chat_id is None else [chat_id]:
        messages, annotations = store.parts("messages", chat), store.parts("annotations", chat)
        stale = [part.version != fingerprint(messages, settings) for part in store.parts("chats", chat)]
        if messages and (not stale or any(stale)):
            facts = known[chat]
            jobs.append(
                AnalyseJob(
                    store.workspace,
                    chat,
                    facts["name"],
                    facts["platform"],
                    tuple(messages),
                    tuple(annotations),
                    settings,
                )
            )
    for number, parts in enumerate(engine.map(analyse_chat, jobs), start=1):
        with store.write() as change:
            change.replace += parts
        progress("analyse", number, len(jobs))
    return len(jobs)
