"""Several chats whose people, overlaps, ranks and advice are known."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from community.across import look_across
from community.advice import advise
from community.reasons import read_reason
from community.standing import expect, rank_chats, size_class
from community.tables import CHATS, MEMBERS

AT = datetime(2025, 5, 1, tzinfo=UTC)


def empty(schema: pa.Schema) -> dict:
    made = {pa.types.is_string: "", pa.types.is_boolean: False, pa.types.is_list: [], pa.types.is_map: []}
    made |= {pa.types.is_timestamp: AT, pa.types.is_floating: 0.0, pa.types.is_integer: 0}
    return {f.name: None if f.nullable else next(v for k, v in made.items() if k(f.type)) for f in schema}


def member(chat: str, who: str, messages: int = 5, **extra) -> dict:
    row = {"chat_id": chat, "member_id": f"id-{who}", "name": who, "messages": messages, "messages_84d": messages}
    return empty(MEMBERS) | row | extra


def chat(name: str, size: int = 50, temperature: float = 50.0, stage: str = "mature", **extra) -> dict:
    band = {"temperature_low": temperature - 3, "temperature_high": temperature + 3}
    row = {"chat_id": name, "name": name, "platform": "wechat", "size": size, "temperature": temperature}
    return empty(CHATS) | row | band | {"stage": stage, "camps": 1, "first": AT, "last": AT} | extra


def tables(members: list[dict], chats: list[dict]) -> tuple[pa.Table, pa.Table]:
    return pa.Table.from_pylist(members, schema=MEMBERS), pa.Table.from_pylist(chats, schema=CHATS)


def test_overlap_is_counted_by_people_who_are_there():
    a = [member("a", f"u{n}") for n in range(10)]
    b = [member("b", f"u{n}") for n in range(6, 14)]
    gone = member("b", "u1", left_at=AT)
    robot = [member(name, "签到", is_bot=True) for name in ("a", "b")]
    people, overlaps = look_across(*tables([*a, *b, gone, *robot], [chat("a"), chat("b")]))
    (pair,) = overlaps.to_pylist()
    assert (pair["shared"], pair["members_a"], pair["members_b"]) == (4, 10, 8)
    assert pair["jaccard"] == pytest.approx(4 / 14) and pair["contained"] == pytest.approx(4 / 8)
    assert sorted(people["name"].to_pylist()) == ["u6", "u7", "u8", "u9"]
    assert set(people["person"].to_pylist()) == set(pair["people"])


def test_a_person_is_named_by_a_hash_and_not_by_the_id():
    people, _ = look_across(*tables([member(c, "u") for c in "ab"], [chat("a"), chat("b")]))
    (person,) = people["person"].to_pylist()
    assert "id-u" not in person and len(person) == 16


def test_namesakes_of_exports_without_ids_are_not_one_person():
    rows = [member(c, "小王", member_id="小王") for c in "ab"]
    renamed = [member(c, "现名", member_id="旧名", aliases=["旧名", "现名"]) for c in "ab"]
    people, overlaps = look_across(*tables(rows + renamed, [chat("a"), chat("b")]))
    assert people.num_rows == overlaps.num_rows == 0


def test_the_same_number_on_two_platforms_is_two_people():
    rows = [member(c, "u") for c in "ab"]
    people, _ = look_across(*tables(rows, [chat("a"), chat("b", platform="qq")]))
    assert people.num_rows == 0


def test_bridges_talk_in_several_chats_and_ad_accounts_are_told_apart():
    rows = [member(c, "bridge") for c in "abc"]
    rows += [member(c, "seller", 4, ads=4) for c in "abc"]
    rows += [member("a", "shy"), member("b", "shy", 0)]
    people, _ = look_across(*tables(rows, [chat(c) for c in "abc"]))
    found = {row["name"]: row for row in people.to_pylist()}
    assert {name: row["kind"] for name, row in found.items()} == {
        "bridge": "bridge", "seller": "ads", "shy": "talks_once",
    }  # fmt: skip
    assert people["name"].to_pylist()[0] == "bridge" and found["shy"]["chats"] == ["a", "b"]


def test_who_alone_joins_two_chats_is_said():
    rows = [member(c, "alone") for c in "ab"] + [member(c, who) for who in ("x", "y") for c in "bc"]
    people, _ = look_across(*tables(rows, [chat(c) for c in "abc"]))
    assert dict(zip(people["name"].to_pylist(), people["only_link"].to_pylist(), strict=True)) == {
        "alone": 1, "x": 0, "y": 0,
    }  # fmt: skip


def test_nobody_shared_gives_empty_tables():
    people, overlaps = look_across(*tables([member("a", "u")], [chat("a")]))
    assert people.num_rows == overlaps.num_rows == 0


def test_size_classes_end_at_their_marks():
    assert [size_class(n) for n in (1, 30, 31, 150, 151, 500, 501)] == [0, 0, 1, 2, 3, 4, 5]


def test_a_small_warm_chat_stands_before_a_big_one_that_is_only_usual():
    sizes = (10, 20, 40, 80, 160, 320, 480)
    chats = [chat(f"c{n}", n, 20 + 10 * float(np.log(n))) for n in sizes] + [chat("small", 12, 70.0)]
    table = rank_chats(tables([], chats)[1])
    assert table["chat_id"][0].as_py() == "small" and table["verdict"][0].as_py() == "above"
    biggest = table["chat_id"].to_pylist().index("c480")
    assert table["temperature"][biggest].as_py() > 70 and table["verdict"][biggest].as_py() == "usual"


def test_one_odd_chat_does_not_bend_what_is_usual():
    sizes = np.array([10, 20, 40, 80, 160, 320, 480, 500.0])
    heat = 20 + 10 * np.log(sizes)
    broken = np.where(sizes == 500, 0, heat)
    assert np.abs(expect(sizes, broken)[:-1] - heat[:-1]).max() < 6


def test_few_chats_are_compared_within_their_class_only():
    table = rank_chats(tables([], [chat("a", 20, 30.0), chat("b", 25, 60.0), chat("c", 400, 90.0)])[1])
    assert table["expected"].null_count == 3 and set(table["verdict"].to_pylist()) == {"unknown"}
    places = dict(zip(table["chat_id"].to_pylist(), table["place"].to_pylist(), strict=True))
    assert places == {"a": 2, "b": 1, "c": 1}


def both(shared: int, small: dict, big: dict) -> pa.Table:
    rows = [member(small["chat_id"], f"u{n}") for n in range(small["size"])]
    rows += [member(big["chat_id"], f"u{n}" if n < shared else f"v{n}") for n in range(big["size"])]
    members, chats = tables(rows, [small, big])
    return advise(chats, look_across(members, chats)[1])


def test_a_faint_chat_inside_a_lively_one_should_join_it():
    (row,) = both(16, chat("old", 20, 12.0, "cold"), chat("main", 120)).to_pylist()
    assert row["kind"] == "merge" and row["chat_ids"] == ["old", "main"]
    key, facts = read_reason(row["why"][0])
    assert key == "across.merge.same" and (facts["percent"], facts["shared"]) == (80, 16)


def test_no_merge_without_shared_people_or_room():
    assert both(5, chat("old", 20, 12.0, "cold"), chat("main", 120)).num_rows == 0
    assert both(16, chat("old", 20, 12.0, "cold"), chat("main", 499)).num_rows == 0


def test_nobody_is_sent_into_a_chat_that_falls_apart():
    found = both(16, chat("old", 20, 12.0, "cold"), chat("main", 120, camps=3, stage="split"))
    assert [row["kind"] for row in found.to_pylist()] == ["split"]


def test_two_lively_chats_of_the_same_people_are_twins():
    (row,) = both(28, chat("one", 30), chat("two", 32)).to_pylist()
    assert row["kind"] == "twins"


def test_dead_chats_are_closed_and_torn_ones_divided():
    chats = [chat("over", stage="dead"), chat("torn", 180, camps=3, stage="split"), chat("fine", 180)]
    chats += [chat("little", 20, camps=2, stage="split")]
    found = advise(tables([], chats)[1], look_across(*tables([], chats))[1]).to_pylist()
    assert [(row["kind"], row["chat_ids"]) for row in found] == [("close", ["over"]), ("split", ["torn"])]
