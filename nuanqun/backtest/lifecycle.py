"""Back-test of the dormancy risk: every week of every history, eight and twelve weeks ahead.

In: a folder of histories. An onset is caught when, in the twelve weeks before it, a window reaches the risk that
one in ten of the windows without a coming dormancy reaches; the lead is the time from the
first such window to it. Example: `run(Path("groups"))`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from community.risk import shipped_model
from community.risk_features import FEATURES
from community.train_outlook import LIVELY
from community.train_risk import FOLDS, Windows, cut_windows, fit_logistic
from nuanqun.backtest import bootstrap, result_of

FALSE_ALARMS = 0.10
WEEK = 7
BASELINES = {
    "active_days": ("active_days", -1),
    "recency": ("recency", 1),
    "ratio_to_peak": ("ratio_peak", -1),
    "trend_28": ("log_trend_28", -1),
    "max_gap": ("max_gap", 1),
    "burstiness": ("burstiness", 1),
}


def run(histories: Path, *, fit: bool = False) -> dict:
    """AUC by window, onsets caught at 10 % false alarms, their lead, and false episodes a year of a chat.

    `lively` repeats everything over windows with at least 20 messages in the last 28 days: those of the facts.
    """
    start = time.perf_counter()
    windows = cut_windows(histories)
    risk = shipped_model().predict(windows.rows)
    scores = {"model": risk} | ({"fit": cross_validate(windows)} if fit else {})
    more: dict = {"fit": score(windows, scores["fit"])} if fit else {}
    lively = np.flatnonzero(windows.rows[:, FEATURES.index("log_messages")] >= np.log1p(LIVELY))
    if len(lively):
        part = cut(windows, lively)
        more["lively"] = {"n": len(lively)} | {name: score(part, each[lively]) for name, each in scores.items()}
    numbers = score(windows, risk)
    baselines = {
        name: auc(windows, np.repeat(sign * windows.rows[:, [FEATURES.index(column)]], 2, 1))
        for name, (column, sign) in BASELINES.items()
    }

    def measure(kept: np.ndarray) -> dict[str, float]:
        return auc(cut(windows, kept), risk[kept])

    ci95 = bootstrap(windows.chat, measure, draws=300)
    sources = {str(s): measure(np.flatnonzero(windows.source == s)) for s in np.unique(windows.source)}
    seconds = time.perf_counter() - start
    return result_of("lifecycle", len(windows.rows), baselines, numbers, ci95, seconds, sources=sources, **more)


def cut(windows: Windows, kept: np.ndarray) -> Windows:
    """Some of the windows."""
    names = ("rows", "labels", "chat", "source", "anchor")
    return replace(windows, **{name: getattr(windows, name)[kept] for name in names})


def cross_validate(windows: Windows) -> np.ndarray:
    """Risks of every window by a model that saw none of its chat; nan where the label is not known."""
    risk = np.full(windows.labels.shape, np.nan)
    for column in range(2):
        known = np.flatnonzero(~np.isnan(windows.labels[:, column]))
        rows, truth = windows.rows[known], windows.labels[known, column]
        for train, test in GroupKFold(FOLDS).split(rows, truth, windows.chat[known]):
            mean, scale = rows[train].mean(0), rows[train].std(0)
            scale[scale == 0] = 1
            weights = fit_logistic(np.clip((rows[train] - mean) / scale, -4, 4), truth[train])
            logit = np.clip((rows[test] - mean) / scale, -4, 4) @ weights[:-1] + weights[-1]
            risk[known[test], column] = 1 / (1 + np.exp(-logit))
    return risk


def auc(windows: Windows, risk: np.ndarray) -> dict[str, float]:
    """Area under the curve of both horizons; nan where only one outcome is there."""
    found = {}
    for column, name in enumerate(("auc_8w", "auc_12w")):
        known = ~np.isnan(windows.labels[:, column]) & ~np.isnan(risk[:, column])
        truth = windows.labels[known, column]
        mixed = 0 < truth.sum() < len(truth)
        found[name] = float(roc_auc_score(truth, risk[known, column])) if mixed else float("nan")
    return found


def score(windows: Windows, risk: np.ndarray) -> dict[str, float]:
    """All numbers of the task."""
    late = ~np.isnan(windows.labels[:, 1]) & ~np.isnan(risk[:, 1])
    quiet = late & (windows.labels[:, 1] == 0)
    bar = float(np.quantile(risk[quiet, 1], 1 - FALSE_ALARMS))
    leads, false, years = [], 0, 0.0
    for chat in np.unique(windows.chat):
        rows = np.flatnonzero((windows.chat == chat) & late)
        alarm, now, later = (x[rows] for x in (risk[:, 1] >= bar, windows.labels[:, 0] == 1, windows.labels[:, 1] == 1))
        years += len(rows) * WEEK / 365
        begins = alarm & ~np.append(False, alarm[:-1]) if len(rows) else alarm
        false += int((begins & ~later).sum())
        leads += [_lead(windows.anchor[rows], alarm, k) for k in _onsets(windows.anchor[rows], now)]
    caught = np.array([x for x in leads if x >= 0])
    return auc(windows, risk) | {
        "recall_at_10fa": len(caught) / len(leads) if leads else float("nan"),
        "median_lead_days": float(np.median(caught)) if len(caught) else float("nan"),
        "caught_28_days_ahead": float((caught >= 28).sum() / len(leads)) if leads else float("nan"),
        "false_episodes_per_year": false / years if years else float("nan"),
        "onsets": len(leads),
        "groups": len(np.unique(windows.chat)),
    }


def _onsets(anchor: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Windows at which a dormancy begins: labelled so now, and not in the week before."""
    before = np.append(False, now[:-1] & (np.diff(anchor) <= WEEK)) if len(now) else now
    return np.flatnonzero(now & ~before)


def _lead(anchor: np.ndarray, alarm: np.ndarray, onset: int) -> float:
    """Days from the first alarm of the last twelve weeks to the onset, itself included; -1 = not caught."""
    near = np.flatnonzero((anchor <= anchor[onset]) & (anchor >= anchor[onset] - 84) & alarm)
    return float(anchor[onset] - anchor[near[0]]) if len(near) else -1.0
