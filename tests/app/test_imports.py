"""An import on the way into the store: what its receipt says, and that no message is doubled or lost."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from ingest.find import find_sources
from ingest.settings import IngestSettings
from nuanqun import receipt_lines as shown
from nuanqun.imports import ImportReport, import_sources
from nuanqun.store import Store

Note = tuple[int, str, str]
"""(minute, QQ number, text)."""
FIRST = datetime(2024, 3, 1, 8)


def export(path: Path, notes: list[Note], chat: str = "茶友") -> Path:
    """A QQ export with these notes."""
    bar = "=" * 64
    head = f"消息记录（此消息记录为文本格式，不支持重新导入）\n\n{bar}\n消息分组:我的QQ群\n{bar}\n消息对象:{chat}\n{bar}\n\n"
    said = (f"{FIRST + timedelta(minutes=at):%Y-%m-%d %H:%M:%S} 友{who}({who})\n{text}\n\n" for at, who, text in notes)
    path.write_text(head + "".join(said), encoding="utf-8")
    return path


def bring(store: Store, *paths: Path, **more) -> ImportReport:
    return import_sources(find_sources(paths), store, IngestSettings(), **more)


def test_the_receipt_tells_new_from_known(tmp_path):
    store = Store(tmp_path / "w")
    old = export(tmp_path / "old.txt", [(0, "10001", "早"), (1, "10002", "早啊")])
    new = export(tmp_path / "new.txt", [(1, "10002", "早啊"), (2, "10003", "我是新来的")])
    (first,) = bring(store, old).receipts
    assert (first.known_members, first.stored_before, first.new) == (0, 0, 2)
    (second,) = bring(store, new).receipts
    found = second.to_json()
    assert (found["members"], found["known_members"], found["new_members"]) == (2, 1, 1)
    assert found["stored"] == {"before": 2, "after": 3}
    assert (found["new"], found["duplicates"], found["shares"]["duplicates"]) == (1, 1, 0.5)


def test_the_receipt_on_a_terminal_says_it_in_words_and_stays_tame(tmp_path, monkeypatch):
    path = export(
        tmp_path / "a.txt",
        [(0, "10001", "早"), (20_000, "10002", "[图片]"), (5, "10002", "x")],
        "\x1b[31m红\u202e群[b]",
    )
    report = bring(Store(tmp_path / "w"), path, tmp_path / "nowhere.txt")
    console = Console(record=True, width=200, stderr=True)
    monkeypatch.setattr(shown, "Console", lambda **_: console)
    shown.print_receipts(report.receipts, report.rejected)
    text = console.export_text()
    for words in ("读到 3 条记录", "新面孔 2", "现在 3 条", "时钟倒退 1 次", "把握 99%", "没有记录", "拒收", "[b]"):
        assert words in text
    assert "\x1b" not in text and "\u202e" not in text


def test_an_import_of_nothing_new_changes_no_file(tmp_path):
    store = Store(tmp_path / "w")
    path = export(tmp_path / "a.txt", [(0, "10001", "早")])
    bring(store, path)
    before = store.message_paths()
    (receipt,) = bring(store, path).receipts
    assert (receipt.new, receipt.duplicates) == (0, 1)
    assert store.message_paths() == before


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_dry_run_reports_the_same_and_stores_nothing(dry_run, tmp_path):
    store = Store(tmp_path / "w")
    (receipt,) = bring(store, export(tmp_path / "a.txt", [(0, "10001", "早")]), dry_run=dry_run).receipts
    assert receipt.new == 1
    assert sum(part.rows for part in store.parts("messages")) == (0 if dry_run else 1)


NOTES = st.lists(
    st.tuples(st.sampled_from([0, 1, 2, 45_000]), st.sampled_from(["10001", "10002"]), st.sampled_from(["+1", "好"])),
    max_size=8,
).map(sorted)
KEPT = settings(max_examples=8)
"""Every example makes several imports."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """A store that many examples share, each with chats of its own, and a folder for their files."""
    folder = tmp_path_factory.mktemp("imports")
    return Store(folder / "w"), folder


def imported(bench, chat: str, *batches: tuple[list[Note], ...]) -> Counter[tuple]:
    """What the store holds of a chat after these imports; each reads several exports at once."""
    store, folder = bench
    for number, batch in enumerate(batches):
        paths = [export(folder / f"{number}-{n}.txt", notes, chat) for n, notes in enumerate(batch) if notes]
        if paths:
            bring(store, *paths)
    ids = [chat_id for chat_id, facts in store.known_chats().items() if facts["name"] == chat]
    rows = store.messages(ids[0]).to_pylist() if ids else []
    assert len({row["message_id"] for row in rows}) == len(rows)
    return Counter((row["sent_at"], row["sender_id"], row["text"]) for row in rows)


NAMES = iter(range(1_000_000))


@KEPT
@given(a=NOTES, b=NOTES)
def test_one_import_after_the_other_is_both_at_once_in_any_order(bench, a, b):
    n = next(NAMES)
    after, before = imported(bench, f"{n}ab", (a,), (b,)), imported(bench, f"{n}ba", (b,), (a,))
    assert after == before == imported(bench, f"{n}both", (a, b))
    assert after.total() >= max(len(a), len(b))
    assert after == Counter(imported(bench, f"{n}a", (a,))) | Counter(imported(bench, f"{n}b", (b,)))


@KEPT
@given(a=NOTES)
def test_twice_is_once(bench, a):
    n = next(NAMES)
    assert imported(bench, f"{n}once", (a,)) == imported(bench, f"{n}twice", (a,), (a,), (a, a))
    assert imported(bench, f"{n}once", ()).total() == len(a)


def telegram(path: Path, ids: list[int]) -> Path:
    messages = [
        {
            "id": n,
            "type": "message",
            "date_unixtime": str(1_709_000_000 + n),
            "from": "老周",
            "from_id": "user7",
            "text": f"第{n}句",
        }
        for n in ids
    ]
    path.write_text(
        json.dumps({"name": "茶友", "type": "private_group", "id": 55, "messages": messages}), encoding="utf-8"
    )
    return path


def chatlab(path: Path, ids: list[int]) -> Path:
    messages = [
        {
            "sender": "user7",
            "accountName": "周",
            "timestamp": 1_709_000_000 + n,
            "type": 0,
            "content": f"（{n}）",
            "platformMessageId": str(n),
        }
        for n in ids
    ]
    meta = {"name": "茶友（旧名）", "platform": "telegram", "type": "group", "groupId": "55"}
    path.write_text(
        json.dumps({"chatlab": {"version": "0.0.2"}, "meta": meta, "members": [], "messages": messages}),
        encoding="utf-8",
    )
    return path


IDS = st.lists(st.integers(1, 30), min_size=1, unique=True).map(sorted)


@KEPT
@given(one=IDS, other=IDS)
def test_two_tools_that_state_ids_do_not_double_a_message(tmp_path_factory, one, other):
    folder = tmp_path_factory.mktemp("tools")
    store = Store(folder / "w")
    bring(store, telegram(folder / "result.json", one))
    (receipt,) = bring(store, chatlab(folder / "茶友.json", other)).receipts
    (chat_id,) = store.known_chats()
    assert store.messages(chat_id).num_rows == len({*one, *other})
    assert receipt.duplicates == len({*one} & {*other})


def whole_chat(path: Path, chat_id: int | None, texts: list[str], name: str = "茶友") -> Path:
    """A Telegram export, with or without the number of its chat."""
    messages = [
        {
            "id": n,
            "type": "message",
            "date_unixtime": str(1_709_000_000 + 60 * n),
            "from": "老周",
            "from_id": "user7",
            "text": text,
        }
        for n, text in enumerate(texts)
    ]
    facts = {"name": name, "type": "private_group"} | ({"id": chat_id} if chat_id else {})
    path.write_text(json.dumps({**facts, "messages": messages}), encoding="utf-8")
    return path


@pytest.mark.parametrize("ids", [(55, None), (None, 55)])
def test_a_chat_known_by_name_in_one_tool_and_by_id_in_another_is_recognised(ids, tmp_path):
    store, texts = Store(tmp_path / "w"), [f"第{n}句话" for n in range(60)]
    (first,) = bring(store, whole_chat(tmp_path / "a.json", ids[0], texts)).receipts
    (second,) = bring(store, whole_chat(tmp_path / "b.json", ids[1], [*texts[:50], *"后来的话很少"])).receipts
    assert (first.same_as, second.same_as) == (None, first.chat_id)
    assert any(warning.startswith("same_chat") for warning in second.warnings)
    assert len(store.known_chats()) == 2  # a person decides


@pytest.mark.parametrize(
    ("ids", "name", "texts"),
    [((55, 66), "茶友", 0), ((55, None), "另一群", 0), ((55, None), "茶友", 100)],
    ids=["two numbers", "another name", "other messages"],
)
def test_other_chats_are_not_taken_for_the_same(ids, name, texts, tmp_path):
    store = Store(tmp_path / "w")
    bring(store, whole_chat(tmp_path / "a.json", ids[0], [f"第{n}句话" for n in range(60)]))
    said = [f"第{n + texts}句话" for n in range(60)]
    (second,) = bring(store, whole_chat(tmp_path / "b.json", ids[1], said, name)).receipts
    assert second.same_as is None
