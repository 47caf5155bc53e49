"""DAYS: one row for every local date from the first to the last record.

In: `Talk`, `Links`, `Roster`, stages. Out: `Daily` (numpy) and the DAYS table. Local dates follow the chat's zone,
daylight saving included. Example: `daily = measure_days(talk, name, camps, settings)`; `daily.temperature.value[-1]`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from community.distinct import distinct
from community.holidays import holidays
from community.lifecycle import assign_stages, closed_day, mark_split
from community.replies import Links
from community.roster import Roster
from community.season import expect_messages
from community.settings import CommunitySettings
from community.tables import DAYS, check_table
from community.talk import DAY_MS, Talk
from community.temperature import (
    Temperature,
    false_heat,
    gini,
    own_percentile,
    temperature_band,
)


@dataclass(frozen=True, slots=True)
class Daily:
    """One entry a local day."""

    counts: np.ndarray  # messages
    clean: np.ndarray
    temperature: Temperature  # cleaned
    raw: Temperature
    false_heat: dict[str, np.ndarray]  # degrees that ads, bots, packets, floods add; raw = temperature + these
    low: np.ndarray  # 95 % interval of the temperature
    high: np.ndarray
    own: np.ndarray  # own percentile, nan = too little history
    holiday: np.ndarray  # id, "" = none
    expected: np.ndarray  # messages by weekday and recent level, nan = too little history
    mood: np.ndarray  # mean, nan = no scored message
    mood_scored: np.ndarray  # messages behind it
    ads: np.ndarray
    stages: list[str]

    @property
    def stage(self) -> str:
        """The stage at the end of the export."""
        return self.stages[-1]


def measure_days(talk: Talk, name: str, camps: int, settings: CommunitySettings) -> Daily:
    """Everything a day that later steps read; `camps` = 2 or more: the chat is splitting."""
    window = settings.temperature_window
    temperature, raw, parts = false_heat(talk, window)
    counts, clean = _per_day(talk, talk.said), _per_day(talk, talk.warm)
    stages = mark_split(assign_stages(temperature, clean), camps)
    closed = closed_day(talk, name, settings)
    if closed is not None:
        stages = stages[:closed] + ["closed"] * (talk.days - closed)
    holiday = holidays(talk.zone, talk.first_day, talk.days)
    low, high = temperature_band(temperature, clean, window)
    scored = talk.clean & ~np.isnan(talk.mood)
    number = np.bincount(talk.day[scored], minlength=talk.days)
    total = np.bincount(talk.day[scored], talk.mood[scored], minlength=talk.days)
    return Daily(
        counts=counts,
        clean=clean,
        temperature=temperature,
        raw=raw,
        false_heat=parts,
        low=low,
        high=high,
        own=own_percentile(temperature.value),
        holiday=holiday,
        expected=expect_messages(clean, talk.first_day, holiday),
        mood=np.where(number > 0, total / np.maximum(number, 1), np.nan),
        mood_scored=number,
        ads=_per_day(talk, talk.ad),
        stages=stages,
    )


def days_table(talk: Talk, links: Links, roster: Roster, daily: Daily, settings: CommunitySettings) -> pa.Table:
    """The DAYS table."""
    said, clean = np.flatnonzero(talk.said), np.flatnonzero(talk.warm)
    temperature = daily.temperature
    columns = {
        "chat_id": pa.array(np.full(talk.days, talk.chat_id, object), pa.string()),
        "day": pa.array((talk.first_day + np.arange(talk.days)).astype(np.int32)).cast(pa.date32()),
        "messages": daily.counts,
        "messages_clean": daily.clean,
        "senders": _senders(talk, said),
        "senders_clean": _senders(talk, clean),
        "newcomers": _newcomers(talk, said),
        "joins": np.bincount(talk.day[roster.join_row], minlength=talk.days),
        "leaves": np.bincount(talk.day[roster.leave_row], minlength=talk.days),
        "ads": daily.ads,
        "toxic": _per_day(talk, talk.toxic),
        "questions": _per_day(talk, talk.question & ~talk.ad),
        "incentives": _per_day(talk, talk.incentive),
        "mood": daily.mood,
        "answered_share": _answered_share(talk, links, settings),
        "gini": _gini(talk, clean),
        "temperature": temperature.value,
        "temperature_raw": daily.raw.value,
        "temperature_days": temperature.days,
        "temperature_speakers": temperature.speakers,
        "temperature_volume": temperature.volume,
        "temperature_low": daily.low,
        "temperature_high": daily.high,
        **{f"false_heat_{name}": degrees for name, degrees in daily.false_heat.items()},
        "own_percentile": daily.own,
        "messages_expected": daily.expected,
        "holiday": pa.array([name or None for name in daily.holiday], pa.string()),
        "stage": pa.array(daily.stages, pa.string()),
    }
    return check_table(as_table(columns, DAYS), DAYS)


def as_table(columns: dict, schema: pa.Schema) -> pa.Table:
    """Cast numpy columns to the types of the contract; nan becomes null where null is allowed."""
    arrays = []
    for field in schema:
        values = columns[field.name]
        if isinstance(values, np.ndarray) and values.dtype.kind == "f":
            values = pa.array(values, from_pandas=field.nullable)
        elif not isinstance(values, pa.Array):
            values = pa.array(values, None if isinstance(values, np.ndarray) else field.type)
        arrays.append(values.cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _per_day(talk: Talk, kept: np.ndarray) -> np.ndarray:
    return np.bincount(talk.day[kept], minlength=talk.days)


def _senders(talk: Talk, rows: np.ndarray) -> np.ndarray:
    pair = distinct(talk.day[rows].astype(np.int64) * talk.members + talk.sender[rows])
    return np.bincount(pair // talk.members, minlength=talk.days)


def _newcomers(talk: Talk, said: np.ndarray) -> np.ndarray:
    first = np.unique(talk.sender[said], return_index=True)[1]
    return np.bincount(talk.day[said[first]], minlength=talk.days)


def _answered_share(talk: Talk, links: Links, settings: CommunitySettings) -> np.ndarray:
    rows = links.between(talk, settings.link_confidence)
    soon = talk.at[rows] - talk.at[links.parent[rows]] <= DAY_MS
    answered = np.zeros(len(talk.at), bool)
    answered[links.parent[rows[soon]]] = True
    sent = _per_day(talk, talk.clean)
    return np.where(sent > 0, _per_day(talk, answered & talk.clean) / np.maximum(sent, 1), np.nan)


def _gini(talk: Talk, clean: np.ndarray, window: int = 28) -> np.ndarray:
    """Inequality over the 28 days that end each week (counted back from the end); it holds for that week."""
    values = np.full(talk.days, np.nan)
    for end in range(talk.days, 0, -7):
        span = slice(*np.searchsorted(talk.day[clean], [end - window, end]))
        values[max(end - 7, 0) : end] = gini(np.bincount(talk.sender[clean[span]], minlength=1))
    return values
