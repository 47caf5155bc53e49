"""What is kept for the review queue is what the store holds, whatever changed it; and nothing of what was erased."""

from __future__ import annotations

import invented
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.message import MESSAGES
from nlp.annotation import annotations_schema
from nuanqun import regroup, suggestions
from nuanqun.erase import forget_member
from nuanqun.parts import new_stem, write_part
from nuanqun.store import Store
from nuanqun.suggestions import SUGGESTIONS
from nuanqun.sweeping import SUGGESTIONS_KEPT


@pytest.fixture
def store(tmp_path) -> Store:
    return invented.build(tmp_path / "w")


def from_nothing(store: Store) -> pa.Table:
    return suggestions.suggestions(store, SUGGESTIONS.empty_table())


def as_stored(store: Store) -> list[str]:
    """Ids of what the annotations suggest, read row by row, oldest first."""
    found = []
    for chat_id in {part.chat_id for part in store.parts("messages")}:
        for message, note in zip(*(table.to_pylist() for table in store.chat_tables(chat_id)), strict=True):
            if note["ads_label"] in ("ad", "unsure") or note["toxicity_label"] in ("toxic", "unsure"):
                found.append((message["sent_at"], message["source"], message["source_line"], message["message_id"]))
    return [key[-1] for key in sorted(found)]


def one_more_day(store: Store, chat_id: str) -> None:
    """A further part of a chat: a message and an advertisement."""
    count = sum(part.rows for part in store.parts("messages", chat_id))
    rows = [row | {"message_id": f"{chat_id}-more-{count + i}", "source_line": count + i}
            for i, row in enumerate(invented.message_rows(chat_id)[:2])]  # fmt: skip
    rows[1]["text"] = f"{invented.AD_TEXT} 又来了"
    notes = [invented.annotation_row(row) for row in rows]
    schema, stem = annotations_schema(invented.ANNOTATION_COLUMNS), new_stem()
    beside = {"chat_id": chat_id, "stem": stem}
    with store.write() as change:
        for name, table in (("messages", pa.Table.from_pylist(rows, MESSAGES)),
                            ("annotations", pa.Table.from_pylist(notes, schema))):  # fmt: skip
            change.add.append(write_part(store.workspace, table, table_name=name, **beside))


CHANGES = {
    "day": lambda store: one_more_day(store, invented.DYING),
    "other": lambda store: one_more_day(store, invented.WARM),
    "forget": lambda store: forget_member(store, "u4"),
    "erase": lambda store: regroup.erase_chat(store, invented.WARM),
    "zone": lambda store: regroup.set_zone(store, invented.DYING, "Europe/Berlin"),
    "keep": suggestions.keep,
}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(sorted(CHANGES)), max_size=4))
def test_what_is_known_and_what_changed_give_what_the_store_holds(steps, tmp_path_factory):
    store = invented.build(tmp_path_factory.mktemp("w"))
    known = suggestions.suggestions(store)
    for step in steps:
        CHANGES[step](store)
        known = suggestions.suggestions(store, known)  # a server that looked before
        afresh = suggestions.suggestions(store)  # one that was started now
        assert known.equals(from_nothing(store)) and afresh.equals(known)
    assert known["message_id"].to_pylist() == as_stored(store)


def test_only_chats_that_changed_are_read(store, monkeypatch):
    suggestions.keep(store)
    asked, ask = [], suggestions._ask
    monkeypatch.setattr(suggestions, "_ask", lambda store, parts: asked.extend(parts) or ask(store, parts))
    suggestions.suggestions(store)
    assert not asked
    one_more_day(store, invented.WARM)
    suggestions.suggestions(store)
    assert {part.chat_id for part in asked} == {invented.WARM}


@pytest.mark.parametrize("change", ["forget", "erase", "zone"])
def test_what_is_erased_is_not_kept(change, store):
    suggestions.keep(store)
    assert (store.workspace / SUGGESTIONS_KEPT).exists()
    CHANGES[change](store)
    assert not (store.workspace / SUGGESTIONS_KEPT).exists()


def test_an_erasure_that_comes_while_it_is_written_wins(store, monkeypatch):
    write, erased = pq.write_table, []

    def and_erase(*arguments, **more):
        write(*arguments, **more)
        if not erased:
            erased.append(regroup.erase_chat(store, invented.DYING))

    monkeypatch.setattr(pq, "write_table", and_erase)
    suggestions.keep(store)
    assert erased
    assert invented.DYING not in pq.read_table(store.workspace / SUGGESTIONS_KEPT)["chat_id"].to_pylist()


def test_a_damaged_file_counts_as_none(store):
    suggestions.keep(store)
    path = store.workspace / SUGGESTIONS_KEPT
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 255
    path.write_bytes(bytes(whole))
    assert suggestions.suggestions(store).equals(from_nothing(store))
    path.write_bytes(b"PAR1")
    suggestions.keep(store)
    assert pq.read_table(path).num_rows == from_nothing(store).num_rows > 60


def test_a_sweep_leaves_it_and_takes_what_was_half_written(store):
    suggestions.keep(store)
    half = (store.workspace / SUGGESTIONS_KEPT).with_suffix(".tmp")
    half.write_bytes(b"half")
    store.sweep()
    assert (store.workspace / SUGGESTIONS_KEPT).exists() and not half.exists()
