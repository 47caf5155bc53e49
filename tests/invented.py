"""An invented workspace for the tests of the dashboard: two chats, one with hostile names and texts, no pipeline."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from community.reasons import reason
from community.tables import ALERTS, CHATS, DAYS, EDGES, MEMBERS
from ingest.message import MESSAGES
from nlp.annotation import EVIDENCE, annotations_schema, head_columns
from nuanqun.parts import Part, new_stem, write_part
from nuanqun.store import Store

WARM, DYING = "warm1", "dying2"
FIRST = datetime(2024, 1, 1, 1, tzinfo=UTC)
DAYS_LONG = 90
MEMBERS_IN = 18
HOSTILE_NAME = "<b>小王</b> [点我](javascript:alert(1)) :red[x]"
HOSTILE_TEXT = '<script>alert(1)</script> =HYPERLINK("http://evil.example") \u202eabc **粗** 电话13800138000'
HOSTILE_AD = (
    '加薇 <img src=x onerror=alert(1)> [点我](javascript:alert(1)) =HYPERLINK("http://evil.example") \u202e\u200b:red[x] '
    + "长" * 10_000
)
AD_TEXT = "加薇❤️1234 兼职日结三百，名额有限"
ROLES = (("creator", "organizer"), ("joiner", "talker"), ("spectator", "onlooker"), ("inactive", "undecided"))
RISK_UP = reason("risk.days", days=9, messages=40, sign="+")
RISK_DOWN = reason("risk.people", speakers=5, regulars=2, sign="-")

ANNOTATION_COLUMNS = [
    *head_columns("ads", [pa.field("ads_kind", pa.string())]),
    *head_columns("toxicity"),
    *head_columns("topic"),
    *head_columns("question"),
    *head_columns("sentiment", [pa.field(f"sentiment_{n}", pa.float32()) for n in ("positive", "neutral", "negative")]),
]


def texts_of(chat_id: str) -> list[str]:
    """Two messages a day; the dying chat is full of ads, the hostile text comes last."""
    ordinary = ["今天读到第三章，大家怎么看？", "这一段写得真好，谢谢分享", "明晚八点继续", "我不太同意这个说法"]
    texts = [ordinary[i % 4] for i in range(2 * DAYS_LONG)]
    if chat_id == DYING:
        texts[-130::2] = [f"{AD_TEXT} {i}" for i in range(len(texts[-130::2]))]
        texts[-3] = "你就是个废物，滚出去"
        texts[-1] = HOSTILE_TEXT
        texts[-2] = HOSTILE_AD
    return texts


def message_rows(chat_id: str) -> list[dict[str, Any]]:
    """MESSAGES of one chat."""
    return [
        {
            "chat_id": chat_id,
            "message_id": f"{chat_id}-{i}",
            "sent_at": FIRST + timedelta(hours=12 * i),
            "zone": "Asia/Shanghai",
            "time_resolution": "s",
            "sender_id": f"u{i % MEMBERS_IN}",
            "sender_name": name_of(i % MEMBERS_IN),
            "kind": "text",
            "text": text,
            "mentions": [],
            "urls": [],
            "actor_ids": [],
            "target_ids": [],
            "source": "invented.txt",
            "source_line": i,
        }
        for i, text in enumerate(texts_of(chat_id))
    ]


def name_of(member: int) -> str:
    """Nicknames; the first is hostile."""
    return HOSTILE_NAME if member == 0 else f"成员{member}"


def annotation_row(message: dict[str, Any]) -> dict[str, Any]:
    """ANNOTATIONS of one message."""
    text = message["text"]
    ad, toxic = text.startswith("加薇"), "废物" in text
    span = [{"start": 0, "end": 3, "why": "contact"}]
    insult = [{"start": 4, "end": 6, "why": "insult"}]
    good = "真好" in text
    return {
        "chat_id": message["chat_id"],
        "message_id": message["message_id"],
        "tokens": ["读书", "读"],
        "text_hash": 1,
        "encoder_version": "invented/1",
        "ads_label": "ad" if ad else "not_ad",
        "ads_score": 0.93 if ad else 0.98,
        "ads_evidence": span if ad else [],
        "ads_kind": "job" if ad else None,
        "toxicity_label": "toxic" if toxic else "not_toxic",
        "toxicity_score": 0.88,
        "toxicity_evidence": insult if toxic else [],
        "topic_label": "culture" if "读" in text else "chitchat",
        "topic_score": 0.7,
        "topic_evidence": [],
        "question_label": "question" if "？" in text else "other",
        "question_score": 0.9,
        "question_evidence": [],
        "sentiment_label": "positive" if good else ("negative" if toxic else "neutral"),
        "sentiment_score": 0.8,
        "sentiment_evidence": [],
        "sentiment_positive": 0.8,
        "sentiment_neutral": 0.1,
        "sentiment_negative": 0.1,
    }


def member_rows(chat_id: str) -> list[dict[str, Any]]:
    """MEMBERS: every role of both systems occurs."""
    rows = []
    for i in range(MEMBERS_IN):
        participation, social = ROLES[i % len(ROLES)]
        rows.append(
            {
                "chat_id": chat_id, "member_id": f"u{i}", "name": name_of(i), "aliases": [], "platform_role": None,
                "is_bot": False, "first_seen": FIRST, "last_seen": FIRST + timedelta(days=80), "invited_by": None,
                "left_at": None, "messages": 10, "messages_84d": 9, "active_days_84d": 8, "ads": 0,
                "repliers_84d": 5, "partners_84d": 6, "replies_per_message": 0.4, "replies_low": 0.2,
                "replies_high": 0.6, "starts_84d": 2, "influence": 100.0 - i, "influence_rank": i + 1,
                "influence_reasons": [reason("influence.reach", days=8, repliers=5)],
                "top_message_ids": [f"{chat_id}-{i}"], "participation_role": participation,
                "participation_score": 0.6, "participation_reasons": [reason("role.joiner", weeks=3)],
                "social_role": social, "social_score": 0.6,
                "social_reasons": [reason("role.talker", messages=9, percent=40)],
                "participation_stability": 0.75, "social_stability": None, "participation_message_ids": [],
                "social_message_ids": [], "identities": ["creator"], "closeness_tier": "familiar",
                "role_scores": [("creator", 0.6)], "closeness": float(5 * i + 5),
                "prescription": [reason("do.inactive.recall", name=name_of(i), friend=name_of(0), topic="culture")],
                "prescription_message_ids": [],
            }
        )  # fmt: skip
    return rows


def day_rows(chat_id: str) -> list[dict[str, Any]]:
    """DAYS: the warm chat rises, the dying one falls."""
    rows = []
    for i in range(DAYS_LONG):
        part = (i if chat_id == WARM else DAYS_LONG - i) / DAYS_LONG
        parts = {"temperature_days": 40 * part, "temperature_speakers": 20 * part, "temperature_volume": 15 * part}
        rows.append(
            {
                "chat_id": chat_id, "day": date(2024, 1, 1) + timedelta(days=i), "messages": 2,
                "messages_clean": 1 if chat_id == DYING else 2, "senders": 2, "senders_clean": 1, "newcomers": 0,
                "joins": 0, "leaves": 0, "ads": 1 if chat_id == DYING else 0, "toxic": 0, "questions": 1,
                "incentives": 0, "mood": None if i < 3 else 0.2 - part / 3, "answered_share": 0.5, "gini": 0.3,
                "temperature": sum(parts.values()), "temperature_raw": sum(parts.values()) + 5, **parts,
                "temperature_low": max(sum(parts.values()) - 9, 0), "temperature_high": sum(parts.values()) + 9,
                "false_heat_ads": 3.0, "false_heat_bots": 0.0, "false_heat_packets": 1.5, "false_heat_floods": 0.5,
                "messages_expected": None if i < 14 else 2.0, "holiday": "spring_festival" if 39 <= i < 48 else None,
                "own_percentile": 50.0, "stage": "growth" if chat_id == WARM else "decline",
            }
        )  # fmt: skip
    return rows


def alert_rows(chat_id: str) -> list[dict[str, Any]]:
    """ALERTS: only the dying chat has some."""
    if chat_id == WARM:
        return []
    flood = reason("alert.ad_flood", value=22, threshold=15, ads=65, weeks=6, senders=3)
    lost = reason("loss.silent", name=HOSTILE_NAME, days=21, gap=6, percent=12, repliers=7)
    return [
        {
            "chat_id": chat_id, "rule": "ad_flood", "start": date(2024, 3, 1), "end": date(2024, 3, 30),
            "severity": "critical", "value": 0.22, "threshold": 0.15, "why": [flood],
            "message_ids": [f"{chat_id}-{2 * DAYS_LONG - 4}"], "member_ids": ["u0"], "cooldown": 28,
            "actions": [("manager", reason("do.ad_flood.manager")),
                        ("moderator", reason("do.ad_flood.moderator", ads=65, senders=3))],
        },
        {
            "chat_id": chat_id, "rule": "core_member_lost", "start": date(2024, 3, 8), "end": date(2024, 3, 31),
            "severity": "warning", "value": 0.12, "threshold": 0.05, "why": [lost], "message_ids": [],
            "member_ids": ["u0"], "cooldown": 28, "actions": [],
        },
    ]  # fmt: skip


def chat_row(chat_id: str) -> dict[str, Any]:
    """CHATS."""
    warm = chat_id == WARM
    return {
        "chat_id": chat_id, "name": "读书会" if warm else "团购 [优惠](http://evil.example) <i>群</i>",
        "platform": "wechat" if warm else "qq", "zone": "Asia/Shanghai" if warm else "+08:00", "first": FIRST,
        "last": FIRST + timedelta(days=DAYS_LONG), "records": 2 * DAYS_LONG, "messages": 2 * DAYS_LONG,
        "members": MEMBERS_IN, "temperature": 74.2 if warm else 12.4, "temperature_raw": 79.0 if warm else 31.0,
        "temperature_low": 66.0 if warm else 4.0, "temperature_high": 82.0 if warm else 21.0,
        "temperature_sample": "enough" if warm else "thin", "temperature_quiet": None,
        "incentive_wake_share": None, "incentive_afterglow": None, "incentive_only_share": None,
        "node": "trusted" if warm else "none", "size": MEMBERS_IN, "camps": 1,
        "temperature_change": 3.2 if warm else -6.5, "own_percentile": 80.0 if warm else 4.0,
        "stage": "growth" if warm else "decline", "risk_8w": None if warm else 0.61,
        "risk_12w": None if warm else 0.72,
        "risk_reasons": [] if warm else [RISK_UP, RISK_DOWN],
        "ads": 0 if warm else 65, "ads_share": 0.0 if warm else 0.36, "mood": 0.2, "absence_factor": 4,
        "gini": 0.4, "incentive_lift": None, "incentive_dependent": False, "kols": ["u0", "u1"],
        "alerts": 0 if warm else 2, "severity": "none" if warm else "critical",
    }  # fmt: skip


def edge_rows(chat_id: str) -> list[dict[str, Any]]:
    """EDGES: everybody answers the hostile name, neighbours answer each other."""
    rows = []
    for i in range(1, MEMBERS_IN):
        for target in (0, (i + 1) % MEMBERS_IN):
            rows.append(
                {
                    "chat_id": chat_id, "message_id": f"{chat_id}-{i}", "reply_to": f"{chat_id}-{target}",
                    "from_id": f"u{i}", "to_id": f"u{target}", "sent_at": FIRST, "via": "inferred",
                    "confidence": 0.8, "why": reason("edge.mention"),
                }
            )  # fmt: skip
    return rows


def receipt(chat_id: str) -> dict[str, Any]:
    """An import receipt with something skipped, a gap and a warning."""
    row = chat_row(chat_id)
    return {
        "chat_id": chat_id, "name": row["name"], "platform": row["platform"], "format": "qq-txt", "encoding": "utf-8",
        "zone": "Asia/Shanghai", "zone_source": "setting", "records": 180, "messages": 180, "system": 0,
        "members": MEMBERS_IN, "first": "2024-01-01T09:00:00+08:00", "last": "2024-03-30T21:00:00+08:00", "new": 180,
        "duplicates": 0, "skipped": [{"line": 7, "reason": "bad_time", "excerpt": "打 [phone 11] 找我"}],
        "gaps": [{"start": "2024-02-01", "end": "2024-02-09", "days": 9}], "warnings": ["clock_backwards: 1"],
    }  # fmt: skip


def build(workspace: Path) -> Store:
    """Write the two chats into `workspace` and return its store."""
    store = Store(workspace)
    with store.write() as change:
        for chat_id in (WARM, DYING):
            row = chat_row(chat_id)
            change.chats[chat_id] = {name: row[name] for name in ("name", "platform", "zone")}
            change.add += _heavy(workspace, chat_id)
            for name, rows, schema in (
                ("edges", edge_rows(chat_id), EDGES), ("members", member_rows(chat_id), MEMBERS),
                ("days", day_rows(chat_id), DAYS), ("alerts", alert_rows(chat_id), ALERTS), ("chats", [row], CHATS),
            ):  # fmt: skip
                table = pa.Table.from_pylist(rows, schema=schema)
                change.replace.append(write_part(workspace, table, table_name=name, chat_id=chat_id))
            change.receipts.append(receipt(chat_id))
    return store


def _heavy(workspace: Path, chat_id: str) -> list[Part]:
    """One part a month, as an import writes them."""
    parts = []
    for month, rows in groupby(message_rows(chat_id), lambda row: f"{row['sent_at']:%Y-%m}"):
        said, stem = list(rows), new_stem()
        schema = annotations_schema(ANNOTATION_COLUMNS)
        assert schema.field("ads_evidence").type == EVIDENCE
        where = {"chat_id": chat_id, "month": month, "stem": stem}
        messages = pa.Table.from_pylist(said, schema=MESSAGES)
        annotations = pa.Table.from_pylist([annotation_row(row) for row in said], schema=schema)
        parts.append(write_part(workspace, messages, table_name="messages", **where))
        parts.append(write_part(workspace, annotations, table_name="annotations", **where))
    return parts
