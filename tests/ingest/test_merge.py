"""Importing again changes nothing, importing more loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import Source, merge_messages, read_export
from ingest.message import MESSAGES

FIRST = datetime(2024, 3, 1, tzinfo=UTC)
NOTES = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["1001", "1002"]), st.sampled_from(["+1", "好", "好的"])), max_size=25
)


def table_of(notes: list[tuple[int, str, str]]) -> pa.Table:
    """The messages of a QQ export with these (second, sender, text), in time order."""
    ordered = sorted(notes, key=lambda note: note[0])
    lines = [f"{FIRST + timedelta(seconds=s):%Y-%m-%d %H:%M:%S} n({who})\n{text}\n" for s, who, text in ordered]
    if not lines:
        return MESSAGES.empty_table()
    return pa.concat_tables(read_export(Source.of_bytes("\n".join(lines).encode(), "茶友.txt"), format_id="qq_txt"))


def ids(table: pa.Table) -> set[str]:
    return set(table["message_id"].to_pylist())


@given(NOTES, NOTES)
def test_the_union_does_not_depend_on_the_order(one, two):
    a, b = table_of(one), table_of(two)
    both, other = merge_messages(a, b), merge_messages(b, a)
    assert ids(both.table) == ids(other.table) == ids(a) | ids(b)
    assert both.table.num_rows >= max(a.num_rows, b.num_rows)
    assert both.new + both.duplicates == b.num_rows


@given(NOTES)
def test_twice_is_once(notes):
    table = table_of(notes)
    again = merge_messages(merge_messages(MESSAGES.empty_table(), table).table, table)
    assert (again.new, again.duplicates) == (0, table.num_rows)
    assert again.table.num_rows == table.num_rows == len(notes)


@given(NOTES, st.integers(0, 30), st.integers(0, 30))
def test_overlapping_halves_are_the_whole(notes, cut, overlap):
    early = [note for note in notes if note[0] < cut + overlap]
    late = [note for note in notes if note[0] >= cut]
    whole = merge_messages(table_of(early), table_of(late)).table
    assert ids(whole) == ids(table_of(notes))


def test_equal_messages_of_one_second_are_kept_apart():
    table = table_of([(1, "1001", "+1")] * 3)
    assert len(ids(table)) == 3


def test_rows_come_sorted_and_the_stored_row_stays():
    old, new = table_of([(5, "1001", "好")]), table_of([(1, "1002", "+1"), (5, "1001", "好")])
    changed = new.set_column(new.schema.get_field_index("sender_name"), MESSAGES.field("sender_name"), [["x", "x"]])
    merged = merge_messages(old, changed).table
    assert merged["sent_at"].to_pylist() == sorted(merged["sent_at"].to_pylist())
    assert merged["sender_name"].to_pylist() == ["x", "n"]


def test_other_columns_are_refused():
    with pytest.raises(ValueError, match="sent_at|names|schema|match"):
        merge_messages(MESSAGES.empty_table(), pa.table({"message_id": ["a"]}))
