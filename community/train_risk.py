"""Train the dormancy model on real chat histories and report how well it does on chats it has not seen.

In: a folder of histories (`*.parquet` with source, group_id, ts, member_id, is_bot). Out: model.json in `out` and a
report. Example: `train_risk(Path("histories"), Path("models/dormancy"))`, on the command line `nuanqun train risk`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold

from community.lifecycle import FAINT
from community.risk import HORIZONS, LEAST_MESSAGES
from community.risk_features import FEATURES, Rhythm, features, read_rhythm, running_peak

LEAST_CHAT = 100  # messages of a history that is used at all
RIDGE = 1e-3
RAISES = {"recency", "top1_share", "gini", "max_gap", "burstiness", "log_peak", "weeks_since_peak", "branching"}
EITHER = {"log_age", "newcomer_share"}
"""Every other feature may only lower the risk. Without signs, collinear features trade weight and the reasons would
tell a manager that more active days are dangerous; with them the AUC is the same."""
FOLDS = 5
DRAWS = 1000
FALSE_ALARMS = 0.10


@dataclass(frozen=True, slots=True)
class Windows:
    """Weekly windows of many chats: features, labels (nan = the archive ends too early to know), chat, source."""

    rows: np.ndarray
    labels: np.ndarray  # one column a horizon
    chat: np.ndarray
    source: np.ndarray
    anchor: np.ndarray


def read_histories(folder: Path) -> Iterator[tuple[str, str, Rhythm]]:
    """(source, chat, rhythm) of every history of at least 100 messages by people; raises when the folder is empty."""
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise FileNotFoundError(f"{folder}: no *.parquet histories there; give the folder that holds them")
    for path in paths:
        table = pd.read_parquet(path, columns=["source", "group_id", "ts", "member_id", "is_bot"])
        table = table[~table.is_bot.fillna(False).astype(bool)]
        stamp = table.ts.dt.tz_localize(None).to_numpy().astype("M8[D]").astype(np.int64)
        table = table.assign(day=stamp)
        archive_end = int(stamp.max()) + 1  # a chat that fell silent is silent until its archive ends
        for chat, part in table.groupby("group_id", observed=True):
            if len(part) < LEAST_CHAT:
                continue
            first = int(part.day.min())
            member = pd.factorize(part.member_id)[0]
            rhythm = read_rhythm(part.day.to_numpy() - first, member, archive_end - first)
            yield str(part.source.iloc[0]), str(chat), rhythm


def cut_windows(folder: Path) -> Windows:
    """Weekly windows with at least 8 weeks of past in which the chat is not dormant yet."""
    rows, labels, chats, sources, anchors = [], [], [], [], []
    for source, chat, rhythm in read_histories(folder):
        days, label = label_windows(rhythm)
        if not len(days):
            continue
        rows.append(features(rhythm, days))
        labels.append(label)
        chats += [chat] * len(days)
        sources += [source] * len(days)
        anchors.append(days)
    return Windows(np.vstack(rows), np.vstack(labels), np.array(chats), np.array(sources), np.concatenate(anchors))


def label_windows(rhythm: Rhythm) -> tuple[np.ndarray, np.ndarray]:
    """Anchor days and their labels: dormant for the next 8 weeks, and dormancy that begins within 12.

    Dormant from day s: both 28-day blocks after s hold less than a tenth of the peak so far (launch not counted).
    """
    total = np.concatenate([[0], np.cumsum(rhythm.counts)])
    peak, _ = running_peak(rhythm.counts)
    end = rhythm.days
    anchors, labels = [], []
    for a in range(56, end - 56 + 1, 7):
        top = peak[a - 1]
        faint = FAINT * top
        if top < LEAST_MESSAGES or max(total[a] - total[a - 28], total[a - 28] - total[a - 56]) < faint:
            continue  # too small to judge, or dormant already
        starts = [s for s in range(a, a + 85, 7) if s + 56 <= end]
        dormant = [max(total[s + 28] - total[s], total[s + 56] - total[s + 28]) < faint for s in starts]
        later = float(any(dormant)) if len(starts) == 13 else np.nan  # else only positives would be known
        anchors.append(a)
        labels.append([float(dormant[0]), later])
    return np.array(anchors, int), np.array(labels, float).reshape(-1, 2)


def train_risk(histories_dir: Path, out: Path) -> dict:
    """Fit on all chats, write model.json, and return the report of cross-validation by chat."""
    windows = cut_windows(Path(histories_dir))
    out.mkdir(parents=True, exist_ok=True)
    mean, scale = windows.rows.mean(0), windows.rows.std(0)
    scale[scale == 0] = 1
    horizons, report = {}, {}
    for column, name in enumerate(HORIZONS):
        known = ~np.isnan(windows.labels[:, column])
        truth = windows.labels[known, column].astype(int)
        weights = fit_logistic(np.clip((windows.rows[known] - mean) / scale, -4, 4), truth).round(4).tolist()
        horizons[name] = {"coefficients": weights[:-1], "intercept": weights[-1]}
        report[name] = _judge(windows, known, truth, _out_of_fold(windows, known, truth))
    model = {
        "features": list(FEATURES),
        "mean": mean.round(6).tolist(),
        "scale": scale.round(6).tolist(),
        "horizons": horizons,
        "report": report,
    }
    (out / "model.json").write_text(json.dumps(model, indent=1) + "\n", "utf-8")
    return report


def fit_logistic(rows: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Ridge logistic regression with fixed signs; returns the weights and, last, the intercept."""
    bounds = [(None, None) if f in EITHER else (0, None) if f in RAISES else (None, 0) for f in FEATURES]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        slopes = weights[:-1]
        logit = rows @ slopes + weights[-1]
        error = expit(logit) - truth
        value = (np.logaddexp(0, logit) - truth * logit).mean() + RIDGE * (slopes @ slopes)
        return value, np.append(rows.T @ error / len(truth) + 2 * RIDGE * slopes, error.mean())

    start = np.zeros(rows.shape[1] + 1)
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x


def _out_of_fold(windows: Windows, known: np.ndarray, truth: np.ndarray) -> np.ndarray:
    rows, chat = windows.rows[known], windows.chat[known]
    probability = np.zeros(len(rows))
    for train, test in GroupKFold(FOLDS).split(rows, truth, chat):
        mean, scale = rows[train].mean(0), rows[train].std(0)
        scale[scale == 0] = 1
        weights = fit_logistic(np.clip((rows[train] - mean) / scale, -4, 4), truth[train])
        probability[test] = expit(np.clip((rows[test] - mean) / scale, -4, 4) @ weights[:-1] + weights[-1])
    return probability


def _judge(windows: Windows, known: np.ndarray, truth: np.ndarray, probability: np.ndarray) -> dict:
    """AUC with a bootstrap over chats, per source, and against the best single number."""
    chat, source = windows.chat[known], windows.source[known]
    names, code = np.unique(chat, return_inverse=True)
    places = [np.flatnonzero(code == i) for i in range(len(names))]
    spin = np.random.default_rng(1)
    draws = []
    for _ in range(DRAWS):
        pick = np.concatenate([places[i] for i in spin.integers(0, len(names), len(names))])
        if 0 < truth[pick].sum() < len(pick):
            draws.append(roc_auc_score(truth[pick], probability[pick]))
    active = -windows.rows[known, FEATURES.index("active_days")]
    return {
        "auc": round(float(roc_auc_score(truth, probability)), 4),
        "ci95": [round(float(x), 4) for x in np.quantile(draws, [0.025, 0.975])],
        "average_precision": round(float(average_precision_score(truth, probability)), 4),
        "base_rate": round(float(truth.mean()), 4),
        "auc_active_days_alone": round(float(roc_auc_score(truth, active)), 4),
        "threshold_at_10_percent_false": round(float(np.quantile(probability[truth == 0], 0.9)), 4),
        "caught_at_10_percent_false": round(
            float((probability[truth == 1] >= np.quantile(probability[truth == 0], 1 - FALSE_ALARMS)).mean()), 4
        ),
        "auc_by_source": {
            s: round(float(roc_auc_score(truth[source == s], probability[source == s])), 4)
            for s in np.unique(source).tolist()
            if 0 < truth[source == s].sum() < (source == s).sum()
        },
        "windows": len(truth),
        "chats": len(names),
    }
