"""Back-tests of the forecast of volume and of the risk of losing a member.

In: a folder of histories. Example: `run_forecast(Path("groups"))`, `run_churn(Path("groups"), fit=True)`.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from sklearn.metrics import r2_score, roc_auc_score

from community.member_rhythm import MEMBER_FEATURES
from community.outlook_model import shipped_linear
from community.train_outlook import LIVELY, member_cases, member_learner, out_of_fold, volume_cases, volume_learner
from community.volume_features import VOLUME_FEATURES
from nuanqun.backtest import bootstrap, result_of


def run_forecast(histories: Path, *, fit: bool = False) -> dict:
    """Mean absolute error of log(1 + messages of the next 28 days), R², and the share inside the 80 % band.

    `lively` repeats everything over windows with at least 20 messages in the last 28 days: those of the facts.
    """
    start, cases = time.perf_counter(), volume_cases(histories)
    model = shipped_linear("forecast", VOLUME_FEATURES)
    guess, last = model.score(cases.rows), cases.rows[:, VOLUME_FEATURES.index("log_messages")]
    before = np.maximum(last - cases.rows[:, VOLUME_FEATURES.index("log_trend_28")], 0)
    others = {
        "persistence": last,
        "mean_of_two_months": np.log1p((np.expm1(last) + np.expm1(before)) / 2),
        "log_average": 0.6 * last + 0.4 * before,
    }

    def measure(kept: np.ndarray, score: np.ndarray = guess) -> dict[str, float]:
        error = score[kept] - cases.truth[kept]
        return {"log_mae": float(np.abs(error).mean()), "r2": float(r2_score(cases.truth[kept], score[kept]))}

    everything, error = np.arange(len(guess)), cases.truth - guess
    lively = np.flatnonzero(last >= np.log1p(LIVELY))
    scores = others | {"model": guess} | ({"fit": out_of_fold(cases, volume_learner)} if fit else {})
    more: dict = {"fit": measure(everything, scores["fit"])} if fit else {}
    if len(lively) > 1:
        more["lively"] = {"n": len(lively)} | {name: measure(lively, score) for name, score in scores.items()}
    inside = float(((error >= model.band[0]) & (error <= model.band[1])).mean())
    baselines = {name: measure(everything, score) for name, score in others.items()}
    ci95 = bootstrap(cases.chat, measure, draws=300)
    result = measure(everything) | {"inside_band": inside}
    seconds = time.perf_counter() - start
    return result_of("forecast", len(guess), baselines, result, ci95, seconds, chats=len(np.unique(cases.chat)), **more)


def run_churn(histories: Path, *, fit: bool = False) -> dict:
    """AUC of "silent for the next 28 days" over members who spoke in the last 56."""
    start, cases = time.perf_counter(), member_cases(histories)
    score = shipped_linear("churn", MEMBER_FEATURES).score(cases.rows)

    def measure(kept: np.ndarray, score: np.ndarray = score) -> dict[str, float]:
        truth = cases.truth[kept]
        mixed = 0 < truth.sum() < len(truth)
        return {"auc": float(roc_auc_score(truth, score[kept])) if mixed else float("nan")}

    everything = np.arange(len(score))
    column = {n: cases.rows[:, MEMBER_FEATURES.index(n)] for n in ("recency", "days_56", "log_messages_28")}
    signs = {"recency": 1, "days_56": -1, "log_messages_28": -1}
    baselines = {n: measure(everything, signs[n] * column[n]) for n in signs}
    more = {"fit": measure(everything, out_of_fold(cases, member_learner))} if fit else {}
    ci95 = bootstrap(cases.chat, measure, draws=200)
    seconds = time.perf_counter() - start
    chats = len(np.unique(cases.chat))
    return result_of("churn", len(score), baselines, measure(everything), ci95, seconds, chats=chats, **more)
