"""Train the number that ranks influence, and judge it on chats it has not seen.

In: a folder of histories (`*.parquet` with group_id, ts, member_id, is_bot, thread). Out: model.json and MODEL_CARD.md.
An answer is a message after one by somebody else in the same thread (chats with threads), else after the previous
speaker's of the last hour. Example: `train_influence(Path("groups"), Path("models/influence"))`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from scipy.stats import rankdata
from sklearn.model_selection import GroupKFold

from community.influence_model import FEATURES, LOOK_BACK, YEAR, Past, influence_features
from community.settings import CommunitySettings

LEAST_CHAT = 500
AHEAD = 28
NEAR_MS = 3_600_000
FOLDS = 5
RIDGE = 100.0
TOP = 10


@dataclass(frozen=True, slots=True)
class History:
    """One chat: message day and member in time order, and its answers (day, who is answered, who answers)."""

    source: str
    chat: str
    day: np.ndarray
    member: np.ndarray
    answer_day: np.ndarray
    to: np.ndarray
    by: np.ndarray

    @property
    def members(self) -> int:
        """Distinct members; their numbers are 0 to members - 1."""
        return int(self.member.max()) + 1


@dataclass(frozen=True, slots=True)
class Window:
    """What is known of the ranked members at a day, and how many different members answer each in the 28 days after."""

    history: History
    today: int
    who: np.ndarray
    rows: np.ndarray
    truth: np.ndarray


def read_histories(folder: Path) -> Iterator[History]:
    """Chats of at least 500 messages by people; raises FileNotFoundError when the folder holds no histories."""
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise FileNotFoundError(f"{folder}: no *.parquet histories there; give the folder that holds them")
    for path in paths:
        table = pd.read_parquet(path, columns=["group_id", "ts", "member_id", "is_bot", "thread"])
        table = table[~table.is_bot.fillna(False).astype(bool)]
        for chat, part in table.groupby("group_id", observed=True):
            if len(part) >= LEAST_CHAT:
                yield _history(path.stem, str(chat), part.iloc[np.argsort(part.ts.to_numpy(), kind="stable")])


def _history(source: str, chat: str, part: pd.DataFrame) -> History:
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
    return History(source, chat, day, member, day[after], member[before], member[after])


def windows(history: History) -> Iterator[Window]:
    """Every 28 days: members with at least 3 messages of 84 days, where there are at least 15 of them."""
    h, m, settings = history, history.members, CommunitySettings()
    for today in range(int(h.day[0]) + LOOK_BACK, int(h.day[-1]) - AHEAD + 2, AHEAD):
        said = slice(*np.searchsorted(h.day, [today - LOOK_BACK, today]))
        coming = slice(*np.searchsorted(h.answer_day, [today, today + AHEAD]))
        who = np.flatnonzero(np.bincount(h.member[said], minlength=m) >= settings.min_messages)
        if len(who) < settings.min_members:
            continue
        pairs = np.unique(h.to[coming] * m + h.by[coming])
        truth = np.bincount(pairs // m, minlength=m)[who]
        if truth.max(initial=0) > 0:
            yield Window(h, today, who, influence_features(past_of(h, today), m)[who], truth)


def past_of(h: History, today: int) -> Past:
    """What is known at `today`."""
    year = slice(*np.searchsorted(h.day, [today - YEAR, today]))
    answers = slice(*np.searchsorted(h.answer_day, [today - LOOK_BACK, today]))
    age = today - 1 - h.answer_day[answers]
    return Past(h.member[year], today - 1 - h.day[year], h.to[answers], h.by[answers], age, np.ones(len(age)))


def fit_weights(found: Sequence[Window]) -> np.ndarray:
    """Non-negative least squares of log(1 + answering members), each window around its own mean and of weight √n."""
    gram, aim = RIDGE * np.eye(len(FEATURES)), np.zeros(len(FEATURES))
    scale = np.vstack([w.rows for w in found]).std(0)
    scale[scale == 0] = 1
    for w in found:
        rows, truth = w.rows / scale, np.log1p(w.truth)
        rows, truth = rows - rows.mean(0), truth - truth.mean()
        gram += rows.T @ rows / np.sqrt(len(truth))
        aim += rows.T @ truth / np.sqrt(len(truth))
    half = np.linalg.cholesky(gram)
    return nnls(half.T, np.linalg.solve(half, aim))[0] / scale


def out_of_fold(found: Sequence[Window]) -> list[np.ndarray]:
    """Scores of every window by weights that saw none of its chat."""
    scores: list[np.ndarray] = [np.zeros(0)] * len(found)
    chats = [f"{w.history.source} {w.history.chat}" for w in found]
    folds = min(FOLDS, len(set(chats)))
    if folds < 2:
        raise ValueError("cross-validation by chat needs two chats with windows")
    for train, test in GroupKFold(folds).split(chats, groups=chats):
        weights = fit_weights([found[i] for i in train])
        for i in test:
            scores[i] = found[i].rows @ weights
    return scores


def judge(score: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Spearman correlation, and precision among the first ten."""
    rank = float(np.corrcoef(rankdata(score), rankdata(truth))[0, 1]) if score.std() > 0 else 0.0
    first, real = (set(np.argsort(-values, kind="stable")[:TOP].tolist()) for values in (score, truth))
    return rank, len(first & real) / TOP


def train_influence(histories: Path, out: Path) -> dict:
    """Fit on all chats, write the model with its card, and return the report of cross-validation by chat."""
    found = [w for history in read_histories(histories) for w in windows(history)]
    marks = np.array([judge(score, w.truth) for score, w in zip(out_of_fold(found), found, strict=True)])
    sources = np.array([w.history.source for w in found])
    report: dict = {
        "spearman": round(float(marks[:, 0].mean()), 4),
        "p_at_10": round(float(marks[:, 1].mean()), 4),
        "windows": len(found),
        "chats": len({(w.history.source, w.history.chat) for w in found}),
    }
    report |= {f"spearman {s}": round(float(marks[sources == s, 0].mean()), 4) for s in np.unique(sources)}
    out.mkdir(parents=True, exist_ok=True)
    weights = fit_weights(found).round(4).tolist()
    document = {"features": list(FEATURES), "weights": weights, "report": report}
    (out / "model.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    (out / "MODEL_CARD.md").write_text(_card(weights, report), "utf-8")
    return report


def _card(weights: list[float], report: dict) -> str:
    lines = [f"| {name} | {weight} |" for name, weight in zip(FEATURES, weights, strict=True)]
    lines += ["", "Out of fold, 5 folds by chat:", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in report.items()]
    return (
        "# Influence\n\nHow many different members will answer somebody in the next 28 days, as a sum of logarithms"
        " with weights\nthat are not negative (`community/influence_model.py` names the features). Only its order"
        " inside one chat is used.\n\nTrained on public chats (Zulip, Discord, Gitter, 2014 to 2026) by"
        " `nuanqun train influence`; days and counts, never a text.\n\n| feature | weight |\n|---|---|\n"
        + "\n".join(lines)
        + "\n\nNo Chinese chat is in the training data. Answers were read off threads and turns, not off our reply"
        " networks.\n"
    )
