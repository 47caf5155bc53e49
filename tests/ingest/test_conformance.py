"""Every sample of the shared collection is read exactly; collects nothing where the collection is absent."""

from __future__ import annotations

import json

import pytest
from conformance import differences, read_sample

from conftest import SHARED

SAMPLES = SHARED / "samples"
CORRECTED = {
    # Its first record is an event, for which the page shows the day only; it is placed by the message below it.
    "telegram_html/ChatExport_A/messages.html": {"first": "2024-03-01 08:01:00"},
    # Eleven people speak there; the collection also counts those who only joined.
    "fixtures/tg_archive_html/2024-02.html": {"senders": 11},
    # Two members share a name and differ by their stated ids; the collection counts names in these two files.
    "generic/zh_header_gbk_A.csv": {"senders": 10},
    "generic/epoch_ms_A.jsonl": {"senders": 10},
    # Both are called the same there, but the page states their numbers; the collection counts names.
    "qq_qce/group_720000001_modern.html": {"senders": 10},
    # The rows of 시스템 are events, so of its five messages three people are the senders.
    "fixtures/kakaotalk/open-chat-room.csv": {"senders": 3},
    # A file without dates cannot show that a whole day passed between two clocks that only go forward.
    "qq_copy/timeonly_A.txt": {"last": "2024-03-04 23:59:59"},
    # Two people speak there, one of them by an action, which counts as a message everywhere else in the collection.
    "fixtures/irc/2011-01-16-hybrid-charset.log": {"senders": 2},
    # The collection left out the offset that the file itself states beside this time.
    "fixtures/telegram/DM_2A_7M.json": {"first": None, "last": "2023-08-10T23:11:02-03:00"},
    "fixtures/telegram/supergroup_with_topics.json": {"last": "2024-01-11T09:00:00Z"},
    # A comment on a file names its writer inside; the collection counts it as one more, nameless sender.
    "fixtures/slack/testarchive.zip": {"senders": 7},
}
"""Where the collection contradicts the file: what the file says."""
SUMMED = ("qq_txt/all_chats_A.txt", "fixtures/slack/testarchive.zip")
"""Files that hold several chats, for which the collection states the sum."""


def _entries() -> list[dict]:
    if not (SAMPLES / "expected.json").exists():
        return []
    entries = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
    return [entry for entry in entries if (SAMPLES / entry["file"]).exists()]


@pytest.mark.parametrize("entry", [e for e in _entries() if e["file"] not in SUMMED], ids=lambda entry: entry["file"])
def test_sample_is_read_exactly(entry):
    assert differences({**entry, **CORRECTED.get(entry["file"], {})}, SAMPLES) == []


@pytest.mark.parametrize("entry", [e for e in _entries() if e["file"] in SUMMED], ids=lambda entry: entry["file"])
def test_sample_with_several_chats_adds_up(entry):
    entry = {**entry, **CORRECTED.get(entry["file"], {})}
    receipts, _ = read_sample(SAMPLES / entry["file"], entry.get("tz") or "Asia/Shanghai")
    assert len(receipts) > 1
    assert sum(receipt.records for receipt in receipts) == entry["records"]
    assert sum(receipt.messages for receipt in receipts) == entry["messages"]
    assert len(set().union(*(receipt.member_ids for receipt in receipts))) == entry["senders"]
