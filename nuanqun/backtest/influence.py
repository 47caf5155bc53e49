"""Back-test of influence: the ranking at a day against the distinct members who answer in the 28 days after it.

In: a folder of histories. An answer is a message after one by somebody else in the same thread (chats with threads),
else after the previous speaker's of the last hour. Windows begin every 28 days; 84 days are looked at, members with
at least 3 messages are ranked, windows of fewer than 15 such members are left out. Example: `run(Path("groups"))`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from community.influence import HALF_LIFE_DAYS, leader_rank, percentile, presence
from community.settings import CommunitySettings
from nuanqun.backtest import bootstrap, result_of
from nuanqun.errors import NuanqunError

LEAST_CHAT = 500
AHEAD = 28
LOOK_BACK = 84
NEAR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class History:
    """One chat: message day and member in time order, and its answers (day, who is answered, who answers)."""

    name: str
    day: np.ndarray
    member: np.ndarray
    answer_day: np.ndarray
    to: np.ndarray
    by: np.ndarray


def run(histories: Path) -> dict:
    """Spearman correlation and precision among the first ten, means over windows."""
    start, rows, chats = time.perf_counter(), [], []
    for history in read_histories(histories):
        for window in windows(history):
            rows.append(window)
            chats.append(history.name)
    if not rows:
        raise NuanqunError(f"{histories}: no chat there has 15 active members in any 84 days")
    names = list(rows[0])
    table = np.array([[row[n] for n in names] for row in rows])
    mean = table.mean(0)

    def ours(kept: np.ndarray) -> dict[str, float]:
        return {k: float(table[kept, names.index(f"model {k}")].mean()) for k in ("spearman", "p_at_10")}

    found = {n: float(m) for n, m in zip(names, mean, strict=True)}
    others = sorted({n.split()[0] for n in names} - {"model"})
    baselines = {o: {k: found[f"{o} {k}"] for k in ("spearman", "p_at_10")} for o in others}
    result = ours(np.arange(len(rows))) | {"windows": len(rows)}
    ci95 = bootstrap(chats, ours)
    seconds = time.perf_counter() - start
    return result_of("influence", len(rows), baselines, result, ci95, seconds, chats=len(set(chats)))


def read_histories(folder: Path) -> Iterator[History]:
    """Chats of at least 500 messages by people."""
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise NuanqunError(f"{folder}: no *.parquet histories there; give the folder that holds them")
    for path in paths:
        table = pd.read_parquet(path, columns=["group_id", "ts", "member_id", "is_bot", "thread"])
        table = table[~table.is_bot.fillna(False).astype(bool)]
        for chat, part in table.groupby("group_id", observed=True):
            if len(part) >= LEAST_CHAT:
                yield _history(f"{path.stem} {chat}", part.iloc[np.argsort(part.ts.to_numpy(), kind="stable")])


def _history(name: str, part: pd.DataFrame) -> History:
    at = pd.DatetimeIndex(part.ts).tz_localize(None).to_numpy().astype("M8[ms]").astype(np.int64)
    day = at // 86_400_000
    member = pd.factorize(part.member_id)[0].astype(np.int64)
    threads = part.thread.notna().any()
    thread = pd.factorize(part.thread)[0] if threads else np.zeros(len(part), int)
    order = np.argsort(thread, kind="stable")
    before, after = order[:-1], order[1:]
    answers = (thread[before] == thread[after]) & (member[before] != member[after])
    if not threads:
        answers &= at[after] - at[before] <= NEAR_MS
    before, after = before[answers], after[answers]
    place = np.argsort(after)
    before, after = before[place], after[place]
    return History(name, day, member, day[after], member[before], member[after])


def windows(h: History) -> Iterator[dict[str, float]]:
    """Scores of the model and of every baseline, one row a window."""
    m, settings = int(h.member.max()) + 1, CommunitySettings()
    for t in range(int(h.day[0]) + LOOK_BACK, int(h.day[-1]) - AHEAD + 2, AHEAD):
        said = slice(*np.searchsorted(h.day, [t - LOOK_BACK, t]))
        past = slice(*np.searchsorted(h.answer_day, [t - LOOK_BACK, t]))
        coming = slice(*np.searchsorted(h.answer_day, [t, t + AHEAD]))
        messages = np.bincount(h.member[said], minlength=m)
        who = np.flatnonzero(messages >= settings.min_messages)
        if len(who) < settings.min_members:
            continue
        pairs = np.unique(h.to[coming] * m + h.by[coming])
        truth = np.bincount(pairs // m, minlength=m)[who]
        if truth.max(initial=0) == 0:
            continue
        yield _judge(_scores(h, (said, past), who, t), truth)


def _scores(h: History, spans: tuple[slice, slice], who: np.ndarray, t: int) -> dict[str, np.ndarray]:
    """One value a ranked member, for the model and for every baseline."""
    said, past = spans
    m = int(h.member.max()) + 1
    day, member = h.day[said] - (t - LOOK_BACK), h.member[said]
    days = np.bincount(np.unique(member * LOOK_BACK + day) // LOOK_BACK, minlength=m).astype(float)
    key, age = h.to[past] * m + h.by[past], t - 1.0 - h.answer_day[past]
    pair, times = np.unique(key, return_counts=True)
    newest = np.full(len(pair), np.inf)
    np.minimum.at(newest, np.searchsorted(pair, key), age)
    reach = np.bincount(pair // m, np.exp(-newest / HALF_LIFE_DAYS), minlength=m)
    present = presence(member, day, LOOK_BACK, m)
    return {
        "model": percentile(present[who].round(9)) + percentile(reach[who].round(9)),
        "active_days": days[who],
        "repliers": np.bincount(pair // m, minlength=m)[who].astype(float),
        "days_and_repliers": percentile(days[who]) + percentile(reach[who].round(9)),
        "messages": np.bincount(member, minlength=m)[who].astype(float),
        "leader_rank": leader_rank(pair % m, pair // m, np.log1p(times), m)[who],
    }


def _judge(scores: dict[str, np.ndarray], truth: np.ndarray) -> dict[str, float]:
    """Spearman correlation and precision among the first ten of every score."""
    row, real = {}, rankdata(truth)
    top = set(np.argsort(-truth, kind="stable")[:10].tolist())
    for name, value in scores.items():
        row[f"{name} spearman"] = float(np.corrcoef(rankdata(value), real)[0, 1]) if value.std() > 0 else 0.0
        row[f"{name} p_at_10"] = len(top & set(np.argsort(-value, kind="stable")[:10].tolist())) / 10
    return row
