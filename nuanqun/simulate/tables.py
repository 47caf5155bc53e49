"""A simulated chat straight as MESSAGES and ANNOTATIONS, for measurements on many seeds.

No export is written or read and no text model runs: the annotations come from the planted truth, with as much noise as
asked for. So numbers made from these tables judge the community stage alone. Example: `chat_tables(chat, noise=1.0)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import pyarrow as pa

from ingest.message import MESSAGES, check_messages
from nuanqun.simulate.model import SimulatedChat, SimulatedMember, SimulatedMessage
from nuanqun.simulate.writers.sentences import sentence
from nuanqun.simulate.writers.writer import addressed

ASKS = ("?", "？", "吗", "请问", "怎么", "有没有", "求")
"""Marks of a question in the phrase banks; the simulator itself does not know which line asks."""
MISSED = {"ad": 0.15, "question": 0.20}
"""At noise 1: how often a model overlooks one."""
INVENTED = {"ad": 0.003, "question": 0.06}
"""At noise 1: how often it sees one where there is none."""
ANNOTATIONS = pa.schema(
    [("chat_id", pa.string()), ("message_id", pa.string()), ("ads_label", pa.string()), ("ads_score", pa.float32())]
    + [(f"sentiment_{mood}", pa.float32()) for mood in ("positive", "neutral", "negative")]
    + [("topic_label", pa.string()), ("toxicity_label", pa.string()), ("question_label", pa.string())]
)


@dataclass(frozen=True, slots=True)
class Tables:
    """`members` gives the truth behind each sender id."""

    messages: pa.Table
    annotations: pa.Table
    members: Mapping[str, SimulatedMember]


def chat_tables(chat: SimulatedChat, *, noise: float = 1.0, seed: int = 0) -> Tables:
    """Both tables in time order; `noise` 0 gives the truth, 1 about the errors of the light model."""
    rng = Random(f"nuanqun/{seed}/noise")
    ids = {message: f"m{number}" for number, message in enumerate(chat.messages)}
    rows, notes = [], []
    for message in chat.messages:
        row = _row(chat, message, ids)
        if row is not None:
            rows.append(row)
            notes.append(_note(message, row, rng, noise))
    messages = pa.Table.from_pylist(rows, schema=MESSAGES)
    return Tables(
        check_messages(messages),
        pa.Table.from_pylist(notes, schema=ANNOTATIONS),
        {member_id(member): member for member in chat.members},
    )


def member_id(member: SimulatedMember) -> str:
    """How the tables call a member."""
    return f"u{member.number}"


def _called(member: SimulatedMember) -> str:
    return (member.card or member.name).strip()


def _row(chat: SimulatedChat, message: SimulatedMessage, ids: dict[SimulatedMessage, str]) -> dict | None:
    system = message.sender is None
    text = sentence(message, _called, owner_is_you=False) if system else addressed(message, _called)
    if text is None:
        return None
    sender = message.sender
    quoted = message.answers if message.quotes else None
    return {
        "chat_id": chat.id,
        "message_id": ids[message],
        "sent_at": message.sent_at,
        "zone": "Asia/Shanghai",
        "time_resolution": "s",
        "sender_id": member_id(sender) if sender else None,
        "sender_name": sender.name if sender else None,
        "sender_card": sender.card if sender else None,
        "sender_role": sender.platform_role if sender else None,
        "kind": message.kind,
        "text": text,
        "reply_to": ids.get(quoted) if quoted else None,
        "mentions": [member_id(m) for m in message.mentions],
        "urls": [],
        "event": message.event if system else None,
        "actor_ids": [member_id(m) for m in message.actors],
        "target_ids": [member_id(m) for m in message.targets],
        "source": "simulated",
        "source_line": int(ids[message][1:]),
    }


def _note(message: SimulatedMessage, row: dict, rng: Random, noise: float) -> dict:
    ad = _seen(message.ad is not None, "ad", rng, noise)
    asks = _seen(any(mark in message.text for mark in ASKS), "question", rng, noise)
    mood = 0.2 + noise * rng.gauss(0, 0.3)
    return {
        "chat_id": row["chat_id"],
        "message_id": row["message_id"],
        "ads_label": "ad" if ad else "not_ad",
        "ads_score": 0.5,
        "sentiment_positive": min(max(mood, 0.0), 1.0),
        "sentiment_neutral": 1 - min(abs(mood), 1.0),
        "sentiment_negative": min(max(-mood, 0.0), 1.0),
        "topic_label": "chitchat",
        "toxicity_label": "not_toxic",
        "question_label": "question" if asks and not ad else "other",
    }


def _seen(true: bool, what: str, rng: Random, noise: float) -> bool:
    roll = rng.random()
    return roll >= noise * MISSED[what] if true else roll < noise * INVENTED[what]
