"""The whole stage on small chats: contracts, time zones, the clock of the export, odd chats."""

from __future__ import annotations

import ast
from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest

from community import CommunitySettings, analyse
from community.tables import ALERTS, CHATS, DAYS, EDGES, MEMBERS, check_table
from conftest import ROOT

SETTINGS = CommunitySettings()
CLOCKS = {"datetime", "date", "time"}


def run(chat, name="读书会", settings=SETTINGS):
    return analyse(*chat.tables(), name=name, platform="wechat", settings=settings)


def steady(chat, days=90, members=20):
    for day in range(days):
        for m in range(members):
            if (day + m) % 3 == 0:
                chat.say(f"成员{m:02}", day + m / 50, question=m % 5 == 0)
    return chat


def test_every_table_obeys_its_contract(chat):
    found = run(steady(chat))
    for name, schema in (("edges", EDGES), ("members", MEMBERS), ("days", DAYS), ("alerts", ALERTS), ("chats", CHATS)):
        check_table(getattr(found, name), schema)
    assert found.chats.num_rows == 1 and found.members.num_rows == 20 and found.days.num_rows == 90


def test_the_clock_is_the_end_of_the_export(chat):
    """The same record a year later says the same, shifted by the year: nothing reads the wall clock."""
    early = run(steady(chat))
    later = type(chat)(start=chat.start + timedelta(days=364))
    late = run(steady(later))
    ignore = {"chats": ["first", "last"], "days": ["day"], "members": ["first_seen", "last_seen"], "edges": ["sent_at"]}
    for name, columns in ignore.items():
        a, b = (getattr(x, name).drop_columns(columns) for x in (early, late))
        assert a.equals(b), name


def test_a_dead_export_read_a_year_later_gives_the_same_numbers(chat):
    """Nothing in the stage asks what time it is now."""
    clocks = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}
    for path in (ROOT / "community").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks:
                assert not (isinstance(node.func.value, ast.Name) and node.func.value.id in CLOCKS), path
    quiet = run(steady(chat)).chats.to_pylist()[0]
    assert quiet["last"] == max(row["sent_at"] for row in chat.rows) and quiet["temperature"] > 0


def test_windows_without_a_message_are_cold_not_broken(chat):
    """Half a year after the last word somebody leaves: every window of the end is empty."""
    steady(chat)
    chat.event("leave", 300, actor_ids=["id-成员00"])
    found = run(chat)
    row = found.chats.to_pylist()[0]
    assert row["temperature"] == 0 and row["kols"] == [] and row["stage"] in ("dormant", "dead")
    assert row["messages"] == len(chat.rows) - 1 and row["gini"] is None
    assert {m["member_id"] for m in found.members.to_pylist()} == {f"id-成员{m:02}" for m in range(20)}


def test_order_of_the_input_does_not_matter(chat):
    messages, annotations = steady(chat).tables()
    turned = pa.array(range(messages.num_rows - 1, -1, -1))
    a = analyse(messages, annotations, name="群", platform="qq", settings=SETTINGS)
    b = analyse(messages.take(turned), annotations.take(turned), name="群", platform="qq", settings=SETTINGS)
    assert a.days.equals(b.days) and a.chats.equals(b.chats)


@pytest.mark.parametrize(
    ("zone", "night"),
    [
        ("Europe/Berlin", datetime(2024, 3, 31)),
        ("Europe/Berlin", datetime(2024, 10, 27)),
        ("America/New_York", datetime(2024, 3, 10)),
    ],
)
def test_days_are_local_across_a_clock_change(chat, zone, night):
    chat.zone = zone
    for offset in range(-2, 3):
        for hour in (0, 12, 23):
            chat.say("Ann", night + timedelta(days=offset, hours=hour, minutes=30))
    found = run(chat).days
    assert found["day"].to_pylist() == [(night + timedelta(days=k)).date() for k in range(-2, 3)]
    assert found["messages"].to_pylist() == [3] * 5


def test_an_offset_zone_is_a_zone(chat):
    chat.say("安", datetime.fromisoformat("2024-03-04T20:30:00+00:00"), zone="+08:00")
    assert run(chat).days["day"].to_pylist() == [date(2024, 3, 5)]


def test_a_chat_with_one_member(chat):
    for day in range(70):
        chat.say("独", day)
    row = run(chat).chats.to_pylist()[0]
    assert row["members"] == 1 and row["kols"] == [] and row["absence_factor"] == 1


def test_a_chat_of_system_lines_only(chat):
    chat.event("group_created", 0)
    chat.event("invite", 1, actor_ids=["id-安"], target_ids=["id-宝"])
    found = run(chat)
    assert found.chats.to_pylist()[0]["messages"] == 0 and found.days.num_rows == 2
    assert {m["member_id"]: m["invited_by"] for m in found.members.to_pylist()} == {"id-安": None, "id-宝": "id-安"}


def test_no_records_is_an_error(chat):
    with pytest.raises(ValueError, match="without records"):
        run(chat)


def test_annotations_of_another_chat_are_refused(chat):
    messages, annotations = steady(chat).tables()
    with pytest.raises(ValueError, match="annotations for"):
        analyse(messages, annotations.slice(1), name="群", platform="qq", settings=SETTINGS)


def test_heads_that_did_not_run_leave_unknowns_not_failures(chat):
    messages, annotations = steady(chat).tables()
    bare = annotations.select(["chat_id", "message_id"])
    row = analyse(messages, bare, name="群", platform="qq", settings=SETTINGS).chats.to_pylist()[0]
    assert row["ads"] == 0 and row["mood"] is None and row["temperature"] > 0


def test_joins_leaves_and_who_brought_whom(chat):
    chat.say("安", 0)
    chat.event("invite", 1, actor_ids=["安"], target_ids=["宝"])  # by display name, as WeChat prints it
    chat.say("宝", 1.1)
    chat.event("leave", 2, actor_ids=["id-宝"])
    found = run(chat)
    members = {m["name"]: m for m in found.members.to_pylist()}
    assert set(members) == {"安", "宝"}
    assert members["宝"]["invited_by"] == "id-安" and members["宝"]["left_at"] is not None
    assert found.days["joins"].to_pylist() == [0, 1, 0] and found.days["leaves"].to_pylist() == [0, 0, 1]


def test_the_last_name_is_shown_and_earlier_ones_are_kept(chat):
    chat.say("小王", 0, sender_id="w")
    chat.say("王老师", 1, sender_id="w")
    member = run(chat).members.to_pylist()[0]
    assert member["name"] == "王老师" and member["aliases"] == ["小王"]


def test_a_hundred_thousand_members_are_counted(chat):
    import numpy as np

    steady(chat, days=3)
    messages, annotations = chat.tables()
    n = 100_000
    spread = np.arange(n) % messages.num_rows
    big = messages.take(pa.array(spread))
    big = big.set_column(big.schema.get_field_index("message_id"), "message_id", pa.array([f"x{i}" for i in range(n)]))
    big = big.set_column(big.schema.get_field_index("sender_id"), "sender_id", pa.array([f"p{i}" for i in range(n)]))
    found = analyse(big, annotations.take(pa.array(spread)), name="群", platform="qq", settings=SETTINGS)
    assert found.members.num_rows == n and found.chats.to_pylist()[0]["members"] == n
