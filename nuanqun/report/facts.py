"""What a weekly report is about: the numbers of seven days, of the seven before, and of an ordinary week.

In: a store and a chat. Out: `Facts`, plain values only. A week is seven local days `[start, end)`; without another
wish it ends with the last day of the export, never with the wall clock.
Example: `read_facts(store, chat_id).this["messages"]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import duckdb
import pandas as pd

from nuanqun.errors import NuanqunError
from nuanqun.figures import place
from nuanqun.store import Store

WEEK = timedelta(days=7)
USUAL_WEEKS = 8
"""The ordinary week is the mean of this many weeks before the reported one."""
SUMS = ("messages", "messages_clean", "newcomers", "joins", "leaves", "ads", "toxic", "questions", "incentives")
LAST = ("temperature", "temperature_raw")
Row = dict[str, Any]
Frame = Any  # a pandas frame; its columns are not typed


@dataclass(frozen=True, slots=True)
class Facts:
    """One chat and one week; `this`, `before` and `usual` hold a value a figure, None where nothing is known."""

    chat: Row
    start: date
    end: date
    this: Row
    before: Row
    usual: Row
    days: list[Row]  # DAYS of the last 26 weeks up to `end`, oldest first
    members: list[Row]  # MEMBERS, strongest influence first
    alerts: list[Row]  # ALERTS whose days meet the week
    topics: list[Row]  # topic, now, before: messages by topic
    verdicts: int  # decisions of moderators on messages of the week


def read_facts(store: Store, chat_id: str, *, end: date | None = None) -> Facts:
    """Read the week that ends before `end` (default: the last week of the export).

    Raises NuanqunError when the chat is not analysed or the week lies outside its history.
    """
    rows = store.table("chats", chat_id).to_pylist()
    days = store.table("days", chat_id).to_pandas()
    if not rows or days.empty:
        raise NuanqunError(f"chat {chat_id} is not analysed yet. Run `nuanqun analyze` on this workspace first.")
    first, last = days["day"].min(), days["day"].max()
    end = end or last + timedelta(days=1)
    if not first < end <= last + timedelta(days=1):
        raise NuanqunError(f"no week ends on {end}: the history of this chat runs from {first} to {last}.")
    days = days[days["day"] < end].sort_values("day")
    weeks = [_week(days, end, least=1), *(_week(days, end - n * WEEK) for n in range(1, USUAL_WEEKS + 1))]
    talk = _talk(store, rows[0], end)
    members = store.table("members", chat_id).to_pylist()
    return Facts(
        chat=rows[0],
        start=end - WEEK,
        end=end,
        this={**weeks[0], "senders": talk["senders"][0]},
        before={**weeks[1], "senders": talk["senders"][1]} if weeks[1] else {},
        usual=_mean([week for week in weeks[1:] if week]),
        days=days.tail(182).to_dict("records"),
        members=sorted(members, key=lambda m: (m["influence_rank"] or 10**9, m["member_id"])),
        alerts=[a for a in store.table("alerts", chat_id).to_pylist() if a["start"] < end and a["end"] > end - WEEK],
        topics=talk["topics"],
        verdicts=_verdicts(store, chat_id, rows[0]["zone"], end),
    )


def _week(days: Frame, end: date, least: int = WEEK.days) -> Row:
    """The figures of the seven days before `end`; empty where the history has less than `least` of them."""
    week = days[(days["day"] >= end - WEEK) & (days["day"] < end)]
    if len(week) < least:
        return {}
    found: Row = {name: int(week[name].sum()) for name in SUMS}
    found |= {name: float(week[name].iloc[-1]) for name in LAST}
    found["active_days"] = int((week["messages_clean"] > 0).sum())
    found["ads_share"] = found["ads"] / found["messages"] if found["messages"] else 0.0
    for name in ("mood", "answered_share"):
        values = week[name].dropna()
        found[name] = float(values.mean()) if len(values) else None
    return found


def _mean(weeks: list[Row]) -> Row:
    """The mean of every figure over weeks that know it."""
    frame: Frame = pd.DataFrame(weeks)
    return {name: float(frame[name].mean()) for name in frame if frame[name].notna().any()}


def _instant(day: date, zone: str) -> int:
    """The first millisecond of a local day, since 1970 UTC."""
    return int(datetime.combine(day, time(), place(zone)).timestamp() * 1000)


def _talk(store: Store, chat: Row, end: date) -> Row:
    """Distinct speakers and messages by topic, this week and the week before."""
    edges = [_instant(end - n * WEEK, chat["zone"]) for n in range(3)]
    files = [str(path) for path in store.message_paths(chat["chat_id"])]
    annotated = [str(path) for path in store.annotation_paths(chat["chat_id"])]
    window = "epoch_ms(sent_at) >= $s AND epoch_ms(sent_at) < $e"
    with duckdb.connect(":memory:", config={"threads": 2}) as db:
        senders = [
            db.execute(
                f"SELECT count(DISTINCT sender_id) FROM read_parquet($files) WHERE event IS NULL AND {window}",
                {"files": files, "s": edges[n + 1], "e": edges[n]},
            ).fetchall()[0][0]
            for n in range(2)
        ]
        topics = db.execute(
            """SELECT topic_label AS topic, count(*) FILTER (WHERE epoch_ms(sent_at) >= $m) AS now,
                      count(*) FILTER (WHERE epoch_ms(sent_at) < $m) AS before
               FROM read_parquet($annotated) JOIN read_parquet($files) m USING (chat_id, message_id)
               WHERE m.event IS NULL AND topic_label IS NOT NULL AND coalesce(ads_label, '') <> 'ad'
                 AND epoch_ms(sent_at) >= $s AND epoch_ms(sent_at) < $e
               GROUP BY 1 HAVING now > 0 ORDER BY now DESC, before DESC, 1 LIMIT 5""",
            {"files": files, "annotated": annotated, "s": edges[2], "m": edges[1], "e": edges[0]},
        ).fetchall()
    return {
        "senders": [int(n) for n in senders],
        "topics": [{"topic": topic, "now": now, "before": before} for topic, now, before in topics],
    }


def _verdicts(store: Store, chat_id: str, zone: str, end: date) -> int:
    """How many verdicts were given in the week."""
    start, stop = _instant(end - WEEK, zone), _instant(end, zone)
    return sum(start <= at.timestamp() * 1000 < stop for at in store.verdicts(chat_id)["at"].to_pylist())
