"""What is said in several chats is the same whether it was kept from the last run or is worked out from nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.campaigns import group
from nuanqun import elsewhere
from nuanqun.elsewhere import said_elsewhere
from nuanqun.parts import write_part
from nuanqun.store import Store
from nuanqun.sweeping import kept_folder

SAID = (
    "兼职日结，加V：abc12345",
    "兼-职 日结 加v xyz99887",
    "高价收旧手机，电话 13800000000",
    "高价收旧手机 电话 13900000001 ！！",
    "今晚八点爬山，老地方集合",
    "",
    None,
)
LABELS = (("ad", 0.9), ("ad", 0.4), ("not_ad", 0.8), ("not_ad", 0.99), (None, None))
ROWS = st.lists(st.tuples(st.sampled_from(SAID), st.sampled_from(LABELS)), max_size=5)
CHATS, STEMS = ("c1", "c2", "c3"), ("a", "b")
STEPS = st.lists(
    st.tuples(st.sampled_from(("add", "annotate", "drop")), st.sampled_from(CHATS), st.sampled_from(STEMS), ROWS),
    min_size=1, max_size=8,
)  # fmt: skip
State = dict[tuple[str, str], list]


def commit(store: Store, chat: str, stem: str, rows: list, tables: tuple[str, ...]) -> None:
    """Put one part of a chat, with its annotations, in the place of the one of the same name."""
    ids = [f"{stem}{n}" for n in range(len(rows))]
    made = {"messages": {"text": pa.array([text for text, _ in rows], pa.string())}}
    made["annotations"] = {
        "ads_label": pa.array([label for _, (label, _) in rows], pa.string()),
        "ads_score": pa.array([score for _, (_, score) in rows], pa.float32()),
    }
    with store.write() as change:
        change.chats = {chat: {"name": chat, "platform": "wechat", "zone": "UTC"}}
        for name in tables:
            table = pa.table({"message_id": pa.array(ids, pa.string()), **made[name]})
            where = {"table_name": name, "chat_id": chat, "stem": f"{chat}-{stem}"}
            change.add.append(write_part(store.workspace, table, **where))


def drop(store: Store, chat: str) -> None:
    with store.write() as change:
        change.erases, change.drop = True, [(name, chat) for name in ("messages", "annotations")]


def full(state: State) -> dict:
    """The same by its definition, from nothing: doubtful is what is 3 % an advertisement or more."""
    chats, ids, texts = [], [], []
    for (chat, stem), rows in state.items():
        for n, (text, (label, score)) in enumerate(rows):
            if label is not None and (score if label == "ad" else 1 - score) >= 0.03:
                chats, ids, texts = [*chats, chat], [*ids, f"{stem}{n}"], [*texts, text or ""]
    found: dict[str, list[tuple[str, int]]] = {}
    same = group(texts).tolist()
    for one, chat, message in zip(same, chats, ids, strict=True):
        others = {c for other, c in zip(same, chats, strict=True) if other == one} - {chat}
        if others:
            found.setdefault(chat, []).append((message, len(others)))
    return {chat: tuple(sorted(rows)) for chat, rows in found.items()}


@settings(max_examples=25)
@given(STEPS)
def test_after_every_change_it_is_what_a_full_computation_gives(steps):
    with tempfile.TemporaryDirectory() as folder:
        store, state = Store(Path(folder)), State()
        for what, chat, stem, rows in steps:
            if what == "drop":
                drop(store, chat)
                state = {key: kept for key, kept in state.items() if key[0] != chat}
            elif what == "add" or (chat, stem) not in state:
                commit(store, chat, stem, rows, ("messages", "annotations"))
                state[chat, stem] = rows
            else:  # the same messages under another model
                labels = [label for _, label in rows] or [LABELS[0]]
                again = [(text, labels[n % len(labels)]) for n, (text, _) in enumerate(state[chat, stem])]
                commit(store, chat, stem, again, ("annotations",))
                state[chat, stem] = again
            assert said_elsewhere(store) == full(state)
        store.engine.dispose()


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "w")
    for chat in CHATS:
        for stem in STEMS:
            commit(store, chat, stem, [(SAID[0], LABELS[0]), (SAID[4], LABELS[3])], ("messages", "annotations"))
    return store


@pytest.fixture
def read(monkeypatch):
    """The chats of which parts are read, one entry a part."""
    seen: list[str] = []
    whole = elsewhere._read

    def noted(store, messages, annotations):
        seen.append(messages.chat_id)
        return whole(store, messages, annotations)

    monkeypatch.setattr(elsewhere, "_read", noted)
    return seen


def test_only_parts_that_are_new_are_read(store, read):
    first = said_elsewhere(store)
    assert first == {chat: (("a0", 2), ("b0", 2)) for chat in CHATS} and len(read) == 6
    read.clear()
    assert said_elsewhere(Store(store.workspace)) == first and read == []
    commit(store, "c2", "b", [(SAID[2], LABELS[0])], ("messages", "annotations"))
    assert said_elsewhere(store)["c2"] == (("a0", 2),) and read == ["c2"]


def test_what_is_kept_may_be_lost_or_damaged(store, read):
    first = said_elsewhere(store)
    (kept,) = kept_folder(store.workspace, "c1").glob("*.kept")
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    next(kept_folder(store.workspace, "c3").glob("*.kept")).unlink()
    read.clear()
    assert said_elsewhere(store) == first and read == ["c1", "c1", "c3", "c3"]
