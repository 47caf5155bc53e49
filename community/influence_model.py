"""How many different members will answer somebody in the next 28 days: the number that ranks influence.

In: days on which members wrote, and who answered whom when. Out: one row of `FEATURES` a member, and their weighted
sum. Weights are not negative, so nobody falls for being present or answered; they lie in models/influence/model.json.
Example: `expected_answerers(influence_features(past, 12))`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

LOOK_BACK = 84
YEAR = 364
NEAR_LIFE, FAR_LIFE, ANSWER_LIFE = 7.0, 56.0, 14.0
FEATURES = ("present_7", "present_56", "days_before", "answered_by_14", "answered_others")


@dataclass(frozen=True, slots=True)
class Past:
    """What is known at a day: ages are whole days before it (0 = the day before), messages of a year, answers of 84."""

    member: np.ndarray  # of each message
    age: np.ndarray
    to: np.ndarray  # who is answered
    by: np.ndarray  # who answers
    answer_age: np.ndarray
    surety: np.ndarray  # of the answer, 0..1


def influence_features(past: Past, members: int) -> np.ndarray:
    """One row of FEATURES a member, each as log(1 + x).

    Days with messages of 84 fading by e^(-age/7) and by e^(-age/56), days with messages of the 40 weeks before,
    distinct members who answered fading by e^(-age/14), distinct members answered.
    """
    days = np.unique(past.member.astype(np.int64) * YEAR + past.age)
    who, age = days // YEAR, days % YEAR
    near = age < LOOK_BACK
    pair, heat = best_per_pair(past.to * members + past.by, past.surety * np.exp(-past.answer_age / ANSWER_LIFE))
    back, plain = best_per_pair(past.by * members + past.to, past.surety)
    columns = (
        np.bincount(who[near], np.exp(-age[near] / NEAR_LIFE), minlength=members),
        np.bincount(who[near], np.exp(-age[near] / FAR_LIFE), minlength=members),
        np.bincount(who[~near], minlength=members),
        np.bincount(pair // members, heat, minlength=members),
        np.bincount(back // members, plain, minlength=members),
    )
    return np.log1p(np.column_stack(columns))


def expected_answerers(rows: np.ndarray) -> np.ndarray:
    """The weighted sum that ranks members: larger = more different members will answer."""
    return (rows @ _weights()).round(9)


@cache
def _weights() -> np.ndarray:
    raw = json.loads(files("models").joinpath("influence", "model.json").read_text("utf-8"))
    if tuple(raw["features"]) != FEATURES:
        raise ValueError("models/influence/model.json was trained on other features: run `nuanqun train influence`")
    return np.array(raw["weights"])


def best_per_pair(key: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per pair the strongest link: ten answers by one fan count as one fan."""
    order = np.argsort(key, kind="stable")
    key, weight = key[order], weight[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    return key[first], np.maximum.reduceat(weight, first) if len(first) else weight
