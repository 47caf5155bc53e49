"""Every page without a browser: it opens where there is nothing, says what to do, and explains each number and column."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import invented
import pyarrow as pa
import pytest
from screens import open_page, said

from community.reasons import reason
from community.tables import SUSPECTS
from conftest import ROOT
from dashboard import words
from nuanqun.parts import write_part
from nuanqun.store import Store

MINUTE = timedelta(minutes=1)
PAGES = sorted(path.stem for path in (ROOT / "dashboard" / "views").glob("*.py"))
WITHOUT_CHATS = {
    "accounts": "accounts.open_mode", "audit": "audit.none_why", "channels": "channels.none_sent",
    "chats": "empty.no_chats", "identities": "empty.no_chats", "lexicons": "empty.no_messages",
    "models": "models.only_one", "storage": "storage.about", "thresholds": "thresholds.no_reviewed",
}  # fmt: skip
"""What the pages of the admin say in a workspace without chats; the others offer the demo data."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("workspace")
    invented.build(folder)
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_chats_says_what_to_do(page, tmp_path, monkeypatch):
    app = open_page(page, tmp_path / "fresh", monkeypatch)
    if page in WITHOUT_CHATS:
        assert words.t(WITHOUT_CHATS[page]).split("{")[0] in said(app)
    else:
        assert words.t("empty.demo") in [button.label for button in app.button]


@pytest.mark.parametrize("page", PAGES)
def test_every_number_and_every_column_has_its_definition(page, workspace, monkeypatch):
    app = open_page(page, workspace, monkeypatch)
    assert [metric.label for metric in app.metric if not metric.proto.help] == []
    for frame in app.dataframe if page != "reports" else []:  # its last column is the definition
        config = json.loads(frame.proto.columns or "{}")
        shown = [name for name in frame.value.columns if not (config.get(name) or {}).get("hidden")]
        assert [name for name in shown if not (config.get(name) or {}).get("help")] == []


def test_the_messages_behind_the_totals_come_from_all_chats_with_their_names(workspace, monkeypatch):
    app = open_page("messages", workspace, monkeypatch, what="ad", span="84")
    total = words.t("messages.count_all", total=words.number(ads(workspace, 84)), chats=2, days=84)
    assert total in [caption.value for caption in app.caption]
    told = app.get("bidi_component")[0].proto.json
    assert words.plain(Store(workspace).known_chats()[invented.DYING]["name"]) in json.loads(told)["lines"][0]["note"]


def ads(workspace: Path, days: int) -> int:
    """Messages of both chats that the model calls advertisements, of the last `days` days; their days are Shanghai's."""
    store, count = Store(workspace), 0
    for chat_id in store.known_chats():
        messages, annotations = (table.to_pandas() for table in store.chat_tables(chat_id))
        at = messages["sent_at"].dt.tz_convert("Asia/Shanghai").dt.date
        recent = at > at[messages["event"].isna()].max() - timedelta(days=days)
        count += int((recent & (annotations["ads_label"] == "ad")).sum())
    return count


def test_a_chat_that_lost_its_messages_still_opens(tmp_path, monkeypatch):
    store = invented.build(tmp_path / "w")
    with store.write() as change:
        change.erases = True
        change.drop = [(name, invented.DYING) for name in ("messages", "annotations")]
    app = open_page("chat", store.workspace, monkeypatch, chat=invented.DYING)
    assert "12 周休眠风险" in said(app)
    assert words.t("empty.no_topics") in said(app)


def test_a_picture_in_the_queue_says_so_and_shows_what_its_sender_wrote_around_it(tmp_path, monkeypatch):
    store = invented.build(tmp_path / "w")
    messages, annotations = store.chat_tables(invented.DYING)
    rows = messages.to_pylist()
    at = next(n for n, row in enumerate(rows) if row["text"].startswith("加薇"))
    picture = next(n for n in range(at + 1, len(rows)) if rows[n]["event"] is None)
    rows[picture] |= {
        "text": "", "kind": "image", "sender_id": rows[at]["sender_id"], "sent_at": rows[at]["sent_at"] + MINUTE,
    }  # fmt: skip
    mute = [{**row, **({"ads_label": None, "ads_score": None} if n == picture else {})}
            for n, row in enumerate(annotations.to_pylist())]  # fmt: skip
    found = {name: rows[picture][name] for name in ("chat_id", "message_id", "sent_at")} | {
        "text": 0.02, "behaviour": 4.0, "score": 0.53, "by_text": False, "why": [reason("suspect.beside", points=4.0)],
    }  # fmt: skip
    with store.write() as change:
        change.erases = True
        change.drop = [("annotations", invented.DYING), ("messages", invented.DYING)]
        for name, table in (
            ("messages", pa.Table.from_pylist(rows, messages.schema)),
            ("annotations", pa.Table.from_pylist(mute, annotations.schema)),
            ("suspects", pa.Table.from_pylist([found], SUSPECTS)),
        ):
            change.replace.append(write_part(store.workspace, table, table_name=name, chat_id=invented.DYING))
    app = open_page("review", store.workspace, monkeypatch, kind="广告", order="最拿不准")
    assert app.dataframe[0].value["text"].iloc[0] == "[图片]"
    assert words.t("review.beside", count=1) in said(app)
    drawn = [json.loads(one.proto.json)["lines"] for one in app.get("bidi_component")]
    assert [lines[0]["parts"][0]["text"] for lines in drawn[:2]] == ["[图片]", words.t("review.nothing_to_read")]
    assert any(lines and lines[0]["note"] == words.t("review.was_ad") for lines in drawn)
