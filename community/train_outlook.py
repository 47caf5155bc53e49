"""Train the forecast of volume and the risk of losing a member, and judge both on chats they have not seen.

In: a folder of histories (see train_risk). Out: model.json with its report and MODEL_CARD.md in `out`/forecast and
`out`/churn. Example: `train_outlook(Path("histories"), Path("models"))`, or `nuanqun train outlook`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import HuberRegressor, LogisticRegression
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import GroupKFold

from community.member_rhythm import MEMBER_FEATURES, member_features
from community.outlook_model import LinearModel
from community.train_risk import FOLDS, label_windows, read_histories
from community.volume_features import VOLUME_FEATURES, volume_features

AHEAD = 28
BAND = (0.1, 0.9)
LIVELY = 20
"""Messages of the last 28 days: the windows on which the facts were measured."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Features, what came true (log1p of messages; 1 = silent), chat and source of every case."""

    rows: np.ndarray
    truth: np.ndarray
    chat: np.ndarray
    source: np.ndarray


def volume_cases(folder: Path) -> Cases:
    """Weekly windows of chats with at least 8 weeks of past that are not dormant: log1p of the next 28 days."""
    parts = []
    for source, chat, rhythm in read_histories(folder):
        days = label_windows(rhythm)[0]
        if len(days):
            total = np.concatenate([[0], np.cumsum(rhythm.counts)])
            parts.append((volume_features(rhythm, days), np.log1p(total[days + AHEAD] - total[days]), chat, source))
    return _join(parts)


def member_cases(folder: Path) -> Cases:
    """Members who spoke in the last 56 days, every 28 days: are they silent for the next 28?"""
    parts = []
    for source, chat, rhythm in read_histories(folder):
        for today in range(56, rhythm.days - AHEAD + 1, AHEAD):
            who, rows = member_features(rhythm, today)
            if len(who):
                span = slice(*np.searchsorted(rhythm.day, [today, today + AHEAD]))
                parts.append((rows, ~np.isin(who, rhythm.member[span]) * 1.0, chat, source))
    return _join(parts)


def _join(parts: list[tuple[np.ndarray, np.ndarray, str, str]]) -> Cases:
    rows, truth = np.vstack([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    each = [len(p[1]) for p in parts]
    chat, source = np.repeat([p[2] for p in parts], each), np.repeat([p[3] for p in parts], each)
    return Cases(rows, truth, chat, source)


def fit_linear(rows: np.ndarray, truth: np.ndarray, learner: HuberRegressor | LogisticRegression) -> LinearModel:
    """Standardise and fit."""
    mean, scale = rows.mean(0), rows.std(0)
    scale[scale == 0] = 1
    learner.fit(np.clip((rows - mean) / scale, -4, 4), truth)
    offset = float(np.ravel(learner.intercept_)[0])
    return LinearModel(mean, scale, np.ravel(learner.coef_), offset, (0.0, 0.0))


def volume_learner() -> HuberRegressor:
    """Nearly the absolute error, which is what is judged."""
    return HuberRegressor(epsilon=1.1, alpha=10, max_iter=500)


def member_learner() -> LogisticRegression:
    """A plain logistic regression."""
    return LogisticRegression(C=0.1, max_iter=1000)


def out_of_fold(cases: Cases, learner: Callable[[], HuberRegressor | LogisticRegression]) -> np.ndarray:
    """Scores of every case by a model that saw none of its chat."""
    score = np.zeros(len(cases.truth))
    for train, test in GroupKFold(FOLDS).split(cases.rows, cases.truth, cases.chat):
        score[test] = fit_linear(cases.rows[train], cases.truth[train], learner()).score(cases.rows[test])
    return score


def train_outlook(histories: Path, out: Path) -> dict:
    """Fit both models on all chats, write them, and return the report of cross-validation by chat."""
    volume, members = volume_cases(histories), member_cases(histories)
    guess, churn = out_of_fold(volume, volume_learner), out_of_fold(members, member_learner)
    last = volume.rows[:, VOLUME_FEATURES.index("log_messages")]
    lively = last >= np.log1p(LIVELY)
    report = {
        "forecast": {
            "log_mae": round(float(np.abs(guess - volume.truth).mean()), 4),
            "log_mae_persistence": round(float(np.abs(last - volume.truth).mean()), 4),
            "log_mae_lively": round(float(np.abs(guess - volume.truth)[lively].mean()), 4),
            "log_mae_persistence_lively": round(float(np.abs(last - volume.truth)[lively].mean()), 4),
            "r2": round(float(r2_score(volume.truth, guess)), 4),
            "windows": len(guess),
            "chats": len(np.unique(volume.chat)),
        },
        "churn": {
            "auc": round(float(roc_auc_score(members.truth, churn)), 4),
            "auc_recency_alone": round(float(roc_auc_score(members.truth, members.rows[:, 1])), 4),
            "auc_days_56_alone": round(
                float(roc_auc_score(members.truth, -members.rows[:, MEMBER_FEATURES.index("days_56")])), 4
            ),
            "members": len(churn),
            "chats": len(np.unique(members.chat)),
        },
    }
    band = np.quantile(volume.truth - guess, BAND)
    model = fit_linear(volume.rows, volume.truth, volume_learner())
    _write(out / "forecast", VOLUME_FEATURES, model, band, report["forecast"])
    model = fit_linear(members.rows, members.truth, member_learner())
    _write(out / "churn", MEMBER_FEATURES, model, np.zeros(2), report["churn"])
    return report


CARDS = {
    "forecast": "# Forecast of volume\n\nThe clean messages of the next 28 days: a linear model (Huber loss) of"
    " log(1 + messages) over\nthe features of the dormancy model and levels smoothed at several speeds, with the band"
    " that held\nfour of five windows out of fold. Lively = at least 20 messages in the last 28 days.",
    "churn": "# Risk of losing a member\n\nP(silent for the next 28 days) of every member who spoke in the last"
    " 56: a logistic regression over\npresence, recency and the chat's own pace (`community/member_rhythm.py`);"
    " counts and days, never a text.",
}


def _write(folder: Path, names: tuple[str, ...], model: LinearModel, band: np.ndarray, report: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "features": list(names),
        "mean": model.mean.round(6).tolist(),
        "scale": model.scale.round(6).tolist(),
        "coefficients": model.weights.round(5).tolist(),
        "intercept": round(model.offset, 5),
        "band": band.round(4).tolist(),
        "report": report,
    }
    (folder / "model.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    table = "\n".join(f"| {name.replace('_', ' ')} | {value} |" for name, value in report.items())
    card = (
        f"{CARDS[folder.name]}\n\nTrained on public chats (Zulip, Discord, Gitter, 2014 to 2026) by"
        f" `nuanqun train outlook` (`community/train_outlook.py`).\nOut of fold, 5 folds by chat:\n\n"
        f"| | |\n|---|---|\n{table}\n\n"
        "No Chinese chat is in the training data; holidays and red packets are not known to it.\n"
    )
    (folder / "MODEL_CARD.md").write_text(card, "utf-8")
