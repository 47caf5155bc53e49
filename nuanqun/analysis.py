"""The two heavy steps as jobs over Parquet parts: annotate one part, analyse one chat.

A job names files and settings only, so that the same function runs here, in a local process or on a cluster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from time import monotonic

from community.alerts import rules
from community.analysis import analyse
from community.kept import NOTHING, Kept
from community.settings import CommunitySettings
from nlp.annotate import annotator_version
from nlp.settings import NlpSettings
from nuanqun import __version__, house, own_models
from nuanqun.annotating import AnnotateJob, annotate_parts, made_by
from nuanqun.elsewhere import Elsewhere, said_elsewhere
from nuanqun.engine import Engine
from nuanqun.house import ChatRules
from nuanqun.parts import Part, read_both, write_part
from nuanqun.progress import Report, silent
from nuanqun.store import SCHEMAS, Store
from nuanqun.sweeping import kept_folder

COMMIT_SECONDS = 2.0
"""Results of so long go into one transaction: each costs as much as a small chat."""
JOB_ROWS = (20_000, 50_000)
"""Least and most messages annotated at a time: parts share the fixed cost of a call, equal texts are scored once."""
UNREAD = ("_evidence", "text_hash", "encoder_version")
"""What annotations hold for those who read single messages: half of the time that reading them takes."""
WORTH_KEEPING = 20_000
"""Messages of a chat from which its analysis keeps what the next one may use again; fewer take a second or two."""
JOBS_A_WORKER = 4
"""So many jobs a worker keep all of them busy to the end, where there are messages enough."""


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
    rules: ChatRules = ChatRules()
    elsewhere: Elsewhere = ()
    version: str = ""  # see fingerprint


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
    messages, annotations = read_both(job.workspace, job.messages, job.annotations, without=unread())
    messages, annotations = job.rules.apply(messages, annotations)
    facts = {"name": job.name, "platform": job.platform, "settings": job.settings}
    kept = Kept(kept_folder(job.workspace, job.chat_id)) if messages.num_rows >= WORTH_KEEPING else NOTHING
    analysis = analyse(messages, annotations, **facts, elsewhere=dict(job.elsewhere), kept=kept)
    return [
        write_part(job.workspace, getattr(analysis, name), table_name=name, chat_id=job.chat_id, version=job.version)
        for name in SCHEMAS
    ]


def unread() -> tuple[str, ...]:
    """Endings of the columns of ANNOTATIONS that no analysis looks at, nor any rule of a third party."""
    needed = [column for rule in rules().values() for column in rule.needs]
    return () if any(column.endswith(UNREAD) for column in needed) else UNREAD


def fingerprint(job: AnalyseJob) -> str:
    """Names what an analysis is made from: where messages, annotations, settings and rules are the same, it stands."""
    parts = sorted((part.stem, part.version) for part in (*job.messages, *job.annotations))
    tables = [schema.metadata[b"schema"] for schema in SCHEMAS.values()]
    made_from = (parts, job.name, job.platform, job.settings, job.rules, job.elsewhere, __version__, tables)
    return blake2b(repr(made_from).encode(), digest_size=12).hexdigest()


def annotate_new(store: Store, engine: Engine, settings: NlpSettings, *, progress: Report = silent) -> int:
    """Annotate the messages parts that have no annotations of the current models; return how many messages."""
    if not store.parts("messages"):
        return 0
    settings, words = house.nlp_settings(store.engine, settings), house.own_words(store.engine)
    model = own_models.active(store)
    version = made_by(annotator_version(settings), model, words)
    done = {part.stem for part in store.parts("annotations") if part.version == version}
    waiting = [part for part in store.parts("messages") if part.stem not in done]
    total, count = sum(part.rows for part in waiting), 0
    rows = min(max(total // (JOBS_A_WORKER * engine.workers), JOB_ROWS[0]), JOB_ROWS[1])
    jobs = [AnnotateJob(store.workspace, bunch, settings, words, model) for bunch in share_out(waiting, rows)]
    for parts in in_bunches(engine.map(annotate_parts, jobs, rows=total)):
        with store.write() as change:
            change.add += parts
        count += sum(part.rows for part in parts)
        progress("annotate", count, total)
    return count


def in_bunches(results: Iterable[list[Part]]) -> Iterator[list[Part]]:
    """Parts that were finished within COMMIT_SECONDS, together; an interrupted run goes on behind the last bunch."""
    bunch: list[Part] = []
    last = monotonic()
    for parts in results:
        bunch += parts
        if monotonic() - last >= COMMIT_SECONDS:
            yield bunch
            bunch, last = [], monotonic()
    if bunch:
        yield bunch


def analyse_job(
    store: Store, chat_id: str, facts: Mapping[str, str], settings: CommunitySettings, elsewhere: Elsewhere = ()
) -> AnalyseJob:
    """What it takes to analyse one chat as it is now.

    `facts` = name and platform as `Store.known_chats` has them, `elsewhere` = what other chats hold, too.
    """
    messages, annotations = map(tuple, store.beside(chat_id))  # messages of an import since then wait for theirs
    rules = house.rules_of(store, chat_id)
    known = (facts["name"], facts["platform"], messages, annotations, settings, rules, elsewhere)
    job = AnalyseJob(store.workspace, chat_id, *known)
    return replace(job, version=fingerprint(job))


def analyse_changed(
    store: Store,
    engine: Engine,
    settings: CommunitySettings,
    *,
    chat_id: str | None = None,
    progress: Report = silent,
) -> int:
    """Analyse the chats whose messages or settings changed since their last analysis; return how many chats."""
    settings = house.community_settings(store.engine, settings)
    jobs, elsewhere, known = [], said_elsewhere(store), store.known_chats()
    live: defaultdict[str, set[str]] = defaultdict(set)
    for part in store.parts("chats"):
        live[part.chat_id].add(part.version)
    for chat in known if chat_id is None else [chat_id]:
        job = analyse_job(store, chat, known[chat], settings, elsewhere.get(chat, ()))
        if job.messages and live[chat] != {job.version}:
            jobs.append(job)
    made_from = {job.chat_id: {part.path for part in (*job.messages, *job.annotations)} for job in jobs}
    rows = sum(part.rows for job in jobs for part in job.messages)
    done = 0
    for parts in in_bunches(engine.map(analyse_chat, jobs, rows=rows)):
        with store.write() as change:
            change.replace += parts
            change.made_from = {part.chat_id: made_from[part.chat_id] for part in parts}
        done += len(change.made_from)
        progress("analyse", done, len(jobs))
    return len(jobs)
