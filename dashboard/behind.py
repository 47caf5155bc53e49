"""The messages behind a number: what a link asks for, and one page of what it finds.

A link carries a chat, local days and a kind of message, or names the evidence of a warning, catalyst, panel or loss.
In: the parameters of an address. Out: masked messages, newest first, 50 a page. Example:
`page(Wanted(chat_id, first, last, what="ad"), 1)`; `link(chat_id, what="ad")` is what a page link carries.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any

import pandas as pd
import pyarrow as pa

from community.lexicon import phrases
from dashboard import Frame, load
from dashboard.opened import store
from dashboard.words import place

WHATS = {
    "every": "m.event IS NULL",
    "ad": "m.event IS NULL AND a.ads_label = 'ad'",
    "toxic": "m.event IS NULL AND a.toxicity_label = 'toxic'",
    "question": "m.event IS NULL AND a.question_label = 'question' AND coalesce(a.ads_label, '') <> 'ad'",
    "unanswered": "m.event IS NULL AND a.question_label = 'question' AND coalesce(a.ads_label, '') <> 'ad' "
    "AND m.message_id NOT IN (SELECT reply_to FROM answers)",
    "positive": "m.event IS NULL AND a.sentiment_label = 'positive'",
    "negative": "m.event IS NULL AND a.sentiment_label = 'negative'",
    "demand": "m.event IS NULL AND regexp_matches(m.text, $demand) AND coalesce(a.ads_label, '') <> 'ad'",
    "first": "m.event IS NULL AND (m.sender_id, epoch_ms(m.sent_at)) IN (SELECT sender_id, min(epoch_ms(sent_at)) "
    "FROM read_parquet($every) WHERE event IS NULL GROUP BY 1)",
    "moves": "m.event IN ('join', 'leave', 'kick', 'invite')",
}
"""What a link can ask for, as a condition on MESSAGES m and ANNOTATIONS a."""
SOURCES = ("alerts", "catalysts", "indicators", "losses", "shifts")
"""Tables whose rows name their messages; a link says `of=alerts:ad_flood`."""
_NAMED_BY = {"alerts": "rule", "catalysts": "kind", "indicators": "panel", "losses": "member_id", "shifts": "day"}
HASHED = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show; the names are those of the address."""

    chat: str
    first: date
    last: date  # the last local day, inclusive as people say it
    what: str = "every"
    topic: str = ""
    who: str = ""  # a key of `keys`
    weekday: int | None = None  # 0 = Monday
    hour: int | None = None
    text: str = ""
    of: str = ""


NAMES = tuple(field.name for field in fields(Wanted))


def link(chat_id: str, days: Frame | None = None, span: int | None = None, **asked: Any) -> dict[str, str]:
    """Parameters of an address of the messages page; `span` = the last days of DAYS, else what `asked` says."""
    found: dict[str, Any] = {"chat": chat_id}
    if days is not None and span is not None and len(days):
        last = days["day"].iloc[-1]
        found |= {"first": max(last - timedelta(days=span - 1), days["day"].iloc[0]), "last": last}
    found |= {name: value for name, value in asked.items() if value not in (None, "")}
    return {name: str(value) for name, value in found.items()}


def key_of_member(member_id: str) -> str:
    """What stands for a member in an address: ids may be telephone numbers."""
    return blake2b(member_id.encode("utf-8", "replace"), digest_size=HASHED // 2).hexdigest()


def page(wanted: Wanted, number: int) -> tuple[Frame, int]:
    """One page (50, from 1) of the messages, newest first, and how many there are."""
    asked = tuple(asdict(wanted).items())
    return _page(wanted.chat, asked, number), _count(wanted.chat, asked)


@load.cached
def _page(chat_id: str, asked: tuple, number: int) -> Frame:
    sql, parameters, tables = _query(Wanted(**dict(asked)))
    if not parameters["files"]:
        return load.no_messages()
    shown = f"{load.SHOWN}, m.event, a.ads_label"
    sql = f"SELECT {shown} {sql} ORDER BY m.sent_at DESC, m.source, m.source_line DESC LIMIT {load.PAGE} OFFSET $skip"
    return load.messages_of(sql, {**parameters, "skip": (number - 1) * load.PAGE}, **tables)


@load.cached
def _count(chat_id: str, asked: tuple) -> int:
    sql, parameters, tables = _query(Wanted(**dict(asked)))
    if not parameters["files"]:
        return 0
    return int(load.ask(f"SELECT count(*) AS n {sql}", parameters, **tables)["n"].iloc[0])


def _query(wanted: Wanted) -> tuple[str, dict[str, Any], dict[str, pa.Table]]:
    """FROM and WHERE, their parameters and the tables that they name."""
    zone = store().known_chats()[wanted.chat]["zone"]
    where = [WHATS[wanted.what], "EXISTS (SELECT 1 FROM spans s WHERE epoch_ms(m.sent_at) >= s.a AND epoch_ms(m.sent_at) < s.b)"]  # fmt: skip  # noqa: E501
    files = _files_of(wanted)
    annotated = "read_parquet($annotated)" if files["annotated"] else "unscored"
    parameters: dict[str, Any] = {**files, "every": load.live_files(wanted.chat)["files"], "demand": phrases("demand")}
    tables = {"spans": _spans(wanted, zone), "answers": _answers(wanted), "unscored": UNSCORED}
    if wanted.topic:
        where.append("a.topic_label = $topic")
        parameters["topic"] = wanted.topic
    if wanted.who:
        where.append("m.sender_id = $who")
        parameters["who"] = member_of(wanted.chat, wanted.who)
    if wanted.text:
        where.append("contains(lower(m.text), $text)")
        parameters["text"] = wanted.text.lower()
    if wanted.of:
        where[0] = "list_contains($ids, m.message_id)"
        parameters["ids"] = evidence_ids(wanted.chat, wanted.of)
    sql = f"FROM read_parquet($files) m LEFT JOIN {annotated} a USING (chat_id, message_id) WHERE {' AND '.join(where)}"
    return sql, parameters, tables


UNSCORED = pa.table(
    {n: pa.array([], pa.string()) for n in ("chat_id", "message_id", "ads_label", "toxicity_label", "question_label",
                                            "sentiment_label", "topic_label")}
)  # fmt: skip


def _files_of(wanted: Wanted) -> dict[str, list[str]]:
    """Live files of the months that the window touches; a day of slack for zones."""
    if wanted.of:
        return load.live_files(wanted.chat)
    months = {f"{edge:%Y-%m}" for edge in (wanted.first - timedelta(days=1), wanted.last + timedelta(days=1))}
    opened = store()
    return {
        name: [
            str(opened.workspace / part.path)
            for part in opened.parts(table, wanted.chat)
            if min(months) <= part.month <= max(months)
        ]
        for name, table in (("files", "messages"), ("annotated", "annotations"))
    }


def _spans(wanted: Wanted, zone: str) -> pa.Table:
    """The stretches of time asked for, ms UTC, half-open: the window, or its hours of one weekday."""
    if wanted.of:
        return pa.table({"a": pa.array([0]), "b": pa.array([1 << 60])})
    where = place(zone)

    def instant(at: date, hour: int) -> int:
        return int((datetime.combine(at, time(), where) + timedelta(hours=hour)).timestamp() * 1000)

    if wanted.hour is None and wanted.weekday is None:
        spans = [(instant(wanted.first, 0), instant(wanted.last + timedelta(days=1), 0))]
    else:
        days = [wanted.first + timedelta(days=n) for n in range((wanted.last - wanted.first).days + 1)]
        days = [at for at in days if wanted.weekday in (None, at.weekday())]
        hours = (0, 24) if wanted.hour is None else (wanted.hour, wanted.hour + 1)
        spans = [(instant(at, hours[0]), instant(at, hours[1])) for at in days]
    return pa.table({name: pa.array([span[n] for span in spans], pa.int64()) for n, name in enumerate("ab")})


def _answers(wanted: Wanted) -> pa.Table:
    """The ids of messages that somebody answered."""
    if wanted.what != "unanswered":
        return pa.table({"reply_to": pa.array([], pa.string())})
    return store().table("edges", wanted.chat).select(["reply_to"])


def member_of(chat_id: str, key: str) -> str:
    """The member id behind a key of an address, "" when there is none."""
    members = load.table("members", chat_id)["member_id"]
    return next((str(one) for one in members if key_of_member(str(one)) == key), "")


def member_name(chat_id: str, key: str) -> str:
    """The name of the member behind a key of an address, "" when there is none."""
    members = load.table("members", chat_id)
    return next((str(n) for m, n in zip(members["member_id"], members["name"], strict=True) if key_of_member(m) == key), "")  # fmt: skip  # noqa: E501


def evidence_ids(chat_id: str, of: str) -> list[str]:
    """The messages that rows of a table name as their evidence: `alerts:ad_flood`, `losses:<key of a member>`."""
    table, _, name = of.partition(":")
    if table not in SOURCES:
        return []
    rows = load.table(table, chat_id)
    named = rows[_NAMED_BY[table]].map(key_of_member if table == "losses" else str)
    return list(dict.fromkeys(str(i) for ids in rows.loc[named == name, "message_ids"] for i in ids))


def whole(chat_id: str) -> tuple[date, date]:
    """First and last local day of a chat; raises KeyError where nothing is analysed."""
    days = load.table("days", chat_id)["day"]
    if days.empty:
        raise KeyError(chat_id)
    return days.iloc[0], days.iloc[-1]


def topics_of(chat_id: str) -> list[str]:
    """Topic ids of a chat, most frequent in the last 28 days first."""
    return [str(topic) for topic in load.topics(chat_id, 28)["topic"] if not pd.isna(topic)]
