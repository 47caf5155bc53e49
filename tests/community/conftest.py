"""A small builder of chats: invented people, one call a message, tables of the real contract at the end."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from ingest.message import MESSAGES, check_messages

ANNOTATIONS = pa.schema(
    [
        ("chat_id", pa.string()),
        ("message_id", pa.string()),
        ("ads_label", pa.string()),
        ("ads_score", pa.float32()),
        ("sentiment_positive", pa.float32()),
        ("sentiment_neutral", pa.float32()),
        ("sentiment_negative", pa.float32()),
        ("topic_label", pa.string()),
        ("toxicity_label", pa.string()),
        ("question_label", pa.string()),
        ("tokens", pa.list_(pa.string())),
    ]
)

THEMES = {
    "露营": "帐篷 天幕 睡袋 炉具 营地 篝火 徒步 背包 星空 溪边".split(),
    "厨房": "烤箱 面团 酵母 黄油 蒸锅 刀工 卤味 砂锅 调料 火候".split(),
    "钓鱼": "鱼竿 饵料 浮漂 夜钓 水库 鲫鱼 鱼线 抛竿 打窝 钓位".split(),
}
COMMON = "今天 真的 觉得 可以 老师 大家 怎么 时候 喜欢 知道".split()


@dataclass
class ChatBuilder:
    """Collects messages; `at` is days (or any timedelta) after the start, in the chat's wall clock."""

    themes = THEMES
    common = COMMON
    start: datetime = datetime(2024, 3, 4, 9, 0)
    zone: str = "Asia/Shanghai"
    rows: list[dict] = field(default_factory=list)
    notes: list[dict] = field(default_factory=list)

    def say(self, who: str, at: float | timedelta | datetime, text: str = "今天读到第三章了", **extra) -> str:
        """Add one member's message and return its id; `extra` sets columns of either table."""
        message_id = extra.pop("message_id", f"m{len(self.rows)}")
        mood = extra.pop("mood", 0.2)
        note = {
            "ads_label": "ad" if extra.pop("ad", False) else "not_ad",
            "ads_score": 0.5,
            "sentiment_positive": max(mood, 0.0),
            "sentiment_negative": max(-mood, 0.0),
            "sentiment_neutral": 1 - abs(mood),
            "topic_label": extra.pop("topic", "chitchat"),
            "toxicity_label": "toxic" if extra.pop("toxic", False) else "not_toxic",
            "tokens": extra.pop("tokens", []),
            "question_label": "question" if extra.pop("question", False) else "other",
        }
        row = {
            "message_id": message_id,
            "sent_at": self.when(at),
            "sender_id": f"id-{who}",
            "sender_name": who,
            "kind": "text",
            "text": text,
        } | extra
        self.rows.append(row)
        self.notes.append(note)
        return message_id

    def discuss(self, at: float, theme: str, people: int = 4) -> list[str]:
        """One conversation of five messages on a theme of THEMES, its words as tokens; returns the ids."""
        rng, ids = random.Random(f"{theme}{at}"), []
        for turn in range(5):
            words = [*rng.sample(THEMES[theme], 3), *rng.sample(COMMON, 2)]
            answers = {"reply_to": ids[-1]} if ids else {}
            who, when = f"成员{(turn + int(at)) % people:02}", timedelta(days=at, minutes=turn)
            ids.append(self.say(who, when, "".join(words), tokens=words, **answers))
        return ids

    def event(self, event: str, at: float | timedelta | datetime, **extra) -> str:
        """Add a system line."""
        row = {
            "message_id": f"m{len(self.rows)}",
            "sent_at": self.when(at),
            "kind": "system",
            "text": "",
            "event": event,
        }
        self.rows.append(row | extra)
        self.notes.append({})
        return row["message_id"]

    def when(self, at: float | timedelta | datetime) -> datetime:
        """The aware instant of a wall-clock offset."""
        if isinstance(at, datetime):
            return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.zone))
        offset = at if isinstance(at, timedelta) else timedelta(days=at)
        return (self.start + offset).replace(tzinfo=ZoneInfo(self.zone))

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """MESSAGES and ANNOTATIONS, in the order in which they were added."""
        empty = {"mentions": [], "urls": [], "actor_ids": [], "target_ids": [], "source": "test", "source_line": 0}
        base = {"chat_id": "chat", "zone": self.zone, "time_resolution": "s"}
        rows = [{f.name: None for f in MESSAGES} | empty | base | row for row in self.rows]
        notes = [
            {"chat_id": "chat", "message_id": r["message_id"], **n} for r, n in zip(self.rows, self.notes, strict=True)
        ]
        messages = pa.Table.from_pylist(rows, schema=MESSAGES)
        return check_messages(messages), pa.Table.from_pylist(notes, schema=ANNOTATIONS)


@pytest.fixture
def chat() -> ChatBuilder:
    """An empty chat that starts on a Monday morning in Shanghai."""
    return ChatBuilder()
