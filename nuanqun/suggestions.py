"""What the models suggest in the whole workspace, put together once and kept: a moderator's first page reads one file.

In: a store. Out: SUGGESTIONS, a row for every message that a model calls an advertisement or abuse, or is unsure of,
oldest first. What one chat adds is known by the parts that it is made from: after an import, an analysis or an erasure
only the chats that changed are asked again. Whoever analyses keeps the result in the workspace (see `keep`), so that
nobody at a screen waits for it; the file may be deleted at any time. Example: `suggestions(store).num_rows`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from contextlib import suppress

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from community.kept import digest
from community.tables import CHATS, SUSPECTS
from nlp.annotation import EVIDENCE
from nlp.campaigns import skeletons
from nuanqun import __version__
from nuanqun.parts import Part, read_parts
from nuanqun.store import Store
from nuanqun.sweeping import SUGGESTIONS_KEPT

SHOWN = (
    "m.chat_id, m.message_id, m.sent_at, m.zone, coalesce(m.sender_card, m.sender_name, m.sender_id) AS sender, "
    "m.text, m.kind"
)
"""What is shown of any message `m`."""
_SQL = f"""
    SELECT {SHOWN}, m.sender_id, m.source, m.source_line,
           coalesce(b.score, CASE WHEN a.ads_label = 'ad' THEN a.ads_score
                WHEN a.toxicity_label = 'toxic' THEN a.toxicity_score
                WHEN a.ads_label = 'unsure' THEN 1 - a.ads_score ELSE 1 - a.toxicity_score END) AS score,
           CASE WHEN a.ads_label = 'ad' OR b.score IS NOT NULL THEN 'ad'
                WHEN a.toxicity_label = 'toxic' THEN 'abuse' ELSE 'unsure' END AS suggestion, a.ads_kind,
           b.text AS score_text, b.score AS score_both, b.behaviour, b.why AS behaved,
           a.encoder_version AS model_version, a.ads_label, a.ads_score, a.ads_evidence,
           a.toxicity_label, a.toxicity_score, a.toxicity_evidence, c.last, c.members
    FROM read_parquet($annotated) a JOIN read_parquet($files) m USING (chat_id, message_id)
    LEFT JOIN behaviour b USING (chat_id, message_id) LEFT JOIN chats c USING (chat_id)
    WHERE m.event IS NULL AND (a.ads_label IN ('ad', 'unsure') OR a.toxicity_label IN ('toxic', 'unsure')
                               OR b.score IS NOT NULL)"""
SUGGESTIONS = pa.schema(
    [
        *((name, pa.string()) for name in ("chat_id", "message_id")),
        ("sent_at", pa.timestamp("ms", "UTC")),
        *((name, pa.string()) for name in ("zone", "sender", "text", "kind", "sender_id", "source")),
        ("source_line", pa.int32()),
        ("score", pa.float32()),  # of what is suggested, by words and behaviour
        ("suggestion", pa.string()),  # ad | abuse | unsure
        ("ads_kind", pa.string()),
        *((name, SUSPECTS.field(old).type) for name, old in (("score_text", "text"), ("score_both", "score"))),
        *((name, SUSPECTS.field(old).type) for name, old in (("behaviour", "behaviour"), ("behaved", "why"))),
        ("model_version", pa.string()),
        *((f"ads_{name}", kind) for name, kind in (("label", pa.string()), ("score", pa.float32()))),
        ("ads_evidence", EVIDENCE),
        *((f"toxicity_{name}", kind) for name, kind in (("label", pa.string()), ("score", pa.float32()))),
        ("toxicity_evidence", EVIDENCE),
        ("last", CHATS.field("last").type),  # of the chat: its last message and how many people are in it
        ("members", CHATS.field("members").type),
        ("bones", pa.string()),  # see nlp.campaigns.skeletons
    ]
)
_ORDER = ["sent_at", "source", "source_line", "message_id"]
_MADE_FROM = ("messages", "annotations", "suspects", "chats")
"""The tables whose parts a suggestion is made from."""
_STATE = b"made_from"


def suggestions(store: Store, known: pa.Table | None = None) -> pa.Table:
    """SUGGESTIONS of the workspace as it is now; never masked.

    `known` = what an earlier call gave; without it, what is kept in the workspace. Only chats that it does not hold as
    they are now are asked.
    """
    held: pa.Table = _read(store) if known is None else known
    while True:
        parts = _parts(store)
        state = {chat_id: _digest(mine) for chat_id, mine in parts.items()}
        before = _state(held)
        if state == before:
            return held
        fresh = {chat_id for chat_id in state if before.get(chat_id) != state[chat_id]}
        same = pa.array(sorted(state.keys() - fresh), pa.string())
        try:
            asked = _ask(store, [part for chat_id in fresh for part in parts[chat_id]])
        except (duckdb.IOException, FileNotFoundError):
            if _parts(store) == parts:
                raise
            continue  # a part was replaced and deleted meanwhile
        whole = pa.concat_tables([held.filter(pc.is_in(held["chat_id"], same)), asked]).combine_chunks()
        whole = whole.take(pc.sort_indices(whole, [(name, "ascending") for name in _ORDER]))
        return whole.replace_schema_metadata({_STATE: json.dumps(state)})


def keep(store: Store) -> None:
    """Put SUGGESTIONS as they are now where the next reader finds them; a disk that is full costs it time, no more.

    Call it under the analysis lock. An erasure deletes what is kept: one that came meanwhile is seen here, and what it
    took away is not kept.
    """
    known = _read(store)
    while (found := suggestions(store, known)) is not known:
        target = store.workspace / SUGGESTIONS_KEPT
        temporary = target.with_suffix(".tmp")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(found, temporary, compression="zstd", write_page_checksum=True)
            os.replace(temporary, target)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            return
        known = found


def _read(store: Store) -> pa.Table:
    """What is kept; nothing where it is missing, damaged or of another version."""
    try:
        found = pq.read_table(store.workspace / SUGGESTIONS_KEPT, page_checksum_verification=True)
    except (OSError, pa.ArrowException):
        return SUGGESTIONS.empty_table()
    return found if found.schema.equals(SUGGESTIONS) else SUGGESTIONS.empty_table()


def _state(table: pa.Table) -> dict[str, str]:
    """chat_id -> digest of what its rows are made from."""
    return json.loads((table.schema.metadata or {}).get(_STATE, b"{}"))


def _parts(store: Store) -> dict[str, list[Part]]:
    """chat_id -> the live parts that its suggestions are made from, of one committed state; annotated chats only."""
    found: dict[str, list[Part]] = {}
    for part in store.parts_of(_MADE_FROM):
        found.setdefault(part.chat_id, []).append(part)
    return {chat_id: mine for chat_id, mine in found.items() if _paths(store, mine, "annotations")}


def _digest(parts: Collection[Part]) -> str:
    return digest([__version__, _SQL, *sorted(part.path for part in parts)])


def _paths(store: Store, parts: Collection[Part], table_name: str) -> list[str]:
    return [str(store.workspace / part.path) for part in parts if part.table_name == table_name]


def _ask(store: Store, parts: Collection[Part]) -> pa.Table:
    """SUGGESTIONS made from these parts, in no order."""
    files = {"files": _paths(store, parts, "messages"), "annotated": _paths(store, parts, "annotations")}
    if not all(files.values()):
        return SUGGESTIONS.empty_table()
    suspects, chats = ([part for part in parts if part.table_name == name] for name in ("suspects", "chats"))
    with duckdb.connect(":memory:", config={"threads": 2}) as db:
        db.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        db.register("behaviour", read_parts(store.workspace, suspects, SUSPECTS))
        db.register("chats", read_parts(store.workspace, chats, CHATS, ["chat_id", "last", "members"]))
        found = db.sql(_SQL, params=files).to_arrow_table()
    texts = pc.fill_null(found["text"], "").to_pylist()
    found = found.append_column("bones", pa.array(skeletons(texts), pa.string()))
    return found.select(SUGGESTIONS.names).cast(SUGGESTIONS)
