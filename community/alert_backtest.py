"""The back-test of every warning rule: real histories replayed week by week, each warning judged by what followed.

In: a folder of histories (`*.parquet` with source, group_id, ts, member_id, is_bot, text, reply_to). Out: one row a
rule: precision, recall, lead time, false alarms a chat-year, with 95 % intervals by bootstrap over chats. Questions are
told by their marks, no text model runs; rules that need one (ads, mood, toxicity) are named as not tested.
Example: `backtest_alerts(Path("groups"), least=500)`, on the command line `nuanqun backtest alerts`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from community.alerts import find_alerts, rules
from community.proofs import Whole, read_whole
from community.replay import read_record, replay
from community.settings import CommunitySettings
from community.talk import Talk
from ingest.message import MESSAGES

DRAWS = 500
ASKS = r"[?？]\s*$|请问|怎么|有没有人"
PERSIST_DAYS = 28
NOTES = ("message_id", "question_label")  # all that histories without a text model are annotated with
COLUMNS = ["source", "group_id", "msg_id", "ts", "member_id", "is_bot", "text", "reply_to"]


@dataclass(slots=True)
class Score:
    """What one rule did in one chat."""

    right: int = 0
    wrong: int = 0
    events: int = 0
    foreseen: int = 0
    leads: list[float] = field(default_factory=list)
    years: float = 0.0


def backtest_alerts(
    folder: Path,
    *,
    least: int = 500,
    limit: int | None = None,
    kept: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> dict:
    """Replay every chat of at least `least` messages (the first `limit` of each file) and score every rule.

    What a chat gave is added to `kept`, one JSON line each, and chats that stand there are not replayed again: a long
    run goes on where it stopped. After a rule has changed, give another file.
    """
    done = [json.loads(line) for line in kept.read_text("utf-8").splitlines()] if kept and kept.exists() else []
    scores: dict[str, list[Score]] = defaultdict(list)
    for row in done:
        for rule, score in row["scores"].items():
            scores[rule].append(Score(**score))
    chats = {row["chat"] for row in done}
    for name, messages, marks, end in read_groups(folder, least, limit, chats):
        progress(name)
        found = judge_chat(*read_record(messages, marks, end), name, CommunitySettings())
        for rule, score in found.items():
            scores[rule].append(score)
        chats.add(name)
        if kept:
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"chat": name, "scores": {r: asdict(s) for r, s in found.items()}}) + "\n")
    untested = {rule.id for rule in rules().values() if not set(rule.needs) <= set(NOTES)}
    rows = {rule: _summary(found) for rule, found in sorted(scores.items()) if rule not in untested}
    return {"chats": len(chats), "rules": rows, "not_tested": sorted(untested)}


def read_groups(
    folder: Path, least: int, limit: int | None, done: Collection[str] = ()
) -> Iterator[tuple[str, pa.Table, pa.Table, int]]:
    """(chat, MESSAGES, ANNOTATIONS, end of the archive in ms UTC); raises FileNotFoundError on an empty folder.

    Chats that are `done` count towards the limit but are left out; small ones come first within a file.
    """
    paths = sorted(Path(folder).glob("*.parquet"))
    if not paths:
        raise FileNotFoundError(f"{folder}: no *.parquet histories there; give the folder that holds them")
    for path in paths:
        table = pd.read_parquet(path, columns=COLUMNS)
        at = table.ts.dt.tz_localize(None).to_numpy().astype("M8[ms]").astype(np.int64)
        table, end, seen = table.assign(at=at), int(at.max()) + 1, 0
        for chat, part in sorted(table.groupby("group_id", observed=True), key=lambda group: len(group[1])):
            if len(part) < least or (limit is not None and seen >= limit):
                continue
            seen += 1
            if chat in done:
                continue
            messages = _messages(str(chat), part)
            asks = pc.match_substring_regex(messages["text"], ASKS).combine_chunks()
            label = pc.if_else(asks, "question", "other")
            notes = pa.table([messages["message_id"], label], names=list(NOTES))
            yield str(chat), messages, notes, end


def _messages(chat: str, part: pd.DataFrame) -> pa.Table:
    """A history as MESSAGES; bots keep their role."""
    n = len(part)
    bot = part.is_bot.fillna(False).to_numpy(bool)
    member = part.member_id.astype(object).to_numpy()
    reply = part.reply_to.astype("Int64").astype("string").to_numpy(object, na_value=None)
    empty = pa.ListArray.from_arrays(np.zeros(n + 1, np.int32), pa.array([], pa.string()))
    minutes = not (part["at"].to_numpy() % 60_000).any()
    known = {
        "chat_id": pa.array([chat] * n),
        "message_id": pa.array(part.msg_id.astype(str).to_numpy(object), pa.string()),
        "sent_at": pa.array(part["at"].to_numpy(), pa.timestamp("ms", tz="UTC")),
        "zone": pa.array(["UTC"] * n),
        "time_resolution": pa.array(["min" if minutes else "s"] * n),
        "sender_id": pa.array(member, pa.string()),
        "sender_name": pa.array(member, pa.string()),
        "sender_role": pa.array(np.where(bot, "bot", "member").astype(object), pa.string()),
        "kind": pa.array(["text"] * n),
        "text": pa.array(part.text.fillna("").astype(object).to_numpy(), pa.string()),
        "reply_to": pa.array(reply, pa.string()),
        "source": pa.array(["history"] * n),
        "source_line": pa.array(np.arange(n), pa.int32()),
    }
    lists = ("mentions", "urls", "actor_ids", "target_ids")
    columns = [known.get(f.name, empty if f.name in lists else pa.nulls(n, f.type)) for f in MESSAGES]
    return pa.Table.from_arrays(columns, schema=MESSAGES)


def judge_chat(talk: Talk, annotations: pa.Table, name: str, settings: CommunitySettings) -> dict[str, Score]:
    """Replay one chat and judge every rule in it."""
    fired: dict[str, list[tuple[int, list[int]]]] = {rule: [] for rule in rules()}
    number = {str(m): i for i, m in enumerate(talk.member_ids)}
    looked = []
    for day, findings in replay(talk, annotations, name=name, settings=settings):
        looked.append(day)
        for rule, alert in find_alerts(findings):
            fired[rule].append((day, [number[m] for m in alert.member_ids]))
    whole = read_whole(talk)
    return {rule: _score(whole, rule, given, looked) for rule, given in fired.items()}


def _score(whole: Whole, rule_id: str, given: list[tuple[int, list[int]]], looked: list[int]) -> Score:
    """Episodes judged by the rule's proof; events that lie within reach of the replay."""
    rule, score = rules()[rule_id], Score(years=len(looked) * 7 / 365.25)
    days = [day for day, _ in given]
    for first, members in _episodes(given, rule.cooldown):
        right = rule.proof.right(whole, first, members) if rule.proof else _persists(days, first, looked)
        if right is not None:
            score.right += right
            score.wrong += not right
    if rule.proof and looked:
        for event in rule.proof.events(whole):
            before = [day for day in days if event - rule.proof.horizon <= day <= event]
            if event <= looked[0]:
                continue  # it came before the first look
            score.events += 1
            if before:
                score.foreseen += 1
                score.leads.append(event - before[0])
    return score


def _episodes(given: list[tuple[int, list[int]]], cooldown: int) -> list[tuple[int, list[int]]]:
    """The first warning of each run; a new run begins after `cooldown` days without one."""
    found, last = [], -(1 << 30)
    for day, members in given:
        if day - last > cooldown:
            found.append((day, members))
        last = day
    return found


def _persists(days: list[int], first: int, looked: list[int]) -> bool | None:
    """Whether the rule still fires four weeks later, give or take a week."""
    later = [day for day in looked if abs(day - first - PERSIST_DAYS) <= 7]
    return any(day in days for day in later) if later else None


def _summary(scores: list[Score]) -> dict:
    """Pooled numbers of all chats with their intervals."""
    spin = np.random.default_rng(1)
    table = np.array([[s.right, s.wrong, s.foreseen, s.events, s.years] for s in scores], float)
    draws = table[spin.integers(0, len(table), (DRAWS, len(table)))].sum(1)
    right, wrong, foreseen, events, years = table.sum(0)
    leads = [lead for s in scores for lead in s.leads]
    return {
        "warnings": int(right + wrong),
        "precision": _ratio(right, right + wrong),
        "precision_ci95": _interval(draws[:, 0], draws[:, 0] + draws[:, 1]),
        "events": int(events),
        "recall": _ratio(foreseen, events),
        "recall_ci95": _interval(draws[:, 2], draws[:, 3]),
        "median_lead_days": float(np.median(leads)) if leads else None,
        "false_per_group_year": _ratio(wrong, years),
        "group_years": round(float(years), 1),
    }


def _ratio(part: float, whole: float) -> float | None:
    return round(float(part / whole), 3) if whole else None


def _interval(part: np.ndarray, whole: np.ndarray) -> list[float] | None:
    kept = whole > 0
    if not kept.any():
        return None
    return [round(float(x), 3) for x in np.quantile(part[kept] / whole[kept], [0.025, 0.975])]
