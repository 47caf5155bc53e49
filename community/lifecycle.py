"""The stage of a chat's life, week by week, and chats that end by their own clock.

In: clean messages and speakers a day. Out: one stage of `STAGES` a local day. Rules in docs/metrics.md.
A stage describes; what is to be feared comes from the risk model.
Example: `stages = assign_stages(temperature, counts)`.
"""

from __future__ import annotations

import numpy as np

from community.lexicon import read_phrases
from community.risk_features import running_peak
from community.settings import CommunitySettings
from community.talk import DAY_MS, Talk
from community.temperature import Temperature, rolling_sum

SPROUT_DAYS = 56
DEAD_DAYS = 182
FAINT = 0.1  # share of the peak below which a 28-day window is dormant
HALF = 0.5
GROWS = 1.22
FALLS = 0.74
COLD_DAYS = 6
COLD_SPEAKERS = 3
AT_ONCE = ("dormant", "dead")  # silence is a fact, it needs no second week
ASLEEP = ("cold", "dormant", "dead")
ASLEEP_DAYS = 28
REVIVED = 0.3  # of the peak: a chat that slept for four weeks and is back here is reviving, for eight weeks
REVIVAL_DAYS = 56
LIVELY = ("growth", "mature", "plateau", "decline")


def assign_stages(temperature: Temperature, counts: np.ndarray) -> list[str]:
    """One stage a day; weeks are counted back from the end, a new stage needs two weeks in a row."""
    days = len(counts)
    peak, _ = running_peak(counts)
    month = rolling_sum(counts, 28)
    two = rolling_sum(counts, 56)
    faint = month < FAINT * np.maximum(peak, 1)
    silent = rolling_sum(faint, DEAD_DAYS - 28 + 1) >= DEAD_DAYS - 28 + 1
    ends = np.arange(days - 1, -1, -7)[::-1]
    held = ""
    last_raw = ""
    stages: list[str] = []
    done = 0
    for end in ends.tolist():
        raw = _raw_stage(end, month, two, peak, faint, silent, temperature)
        if not held or raw == last_raw or raw in AT_ONCE or held == "sprout":
            held = raw
        last_raw = raw
        stages += [held] * (end + 1 - done)
        done = end + 1
    return _mark_revivals(stages, month >= REVIVED * peak)


def _mark_revivals(stages: list[str], back: np.ndarray) -> list[str]:
    """Name the first eight lively weeks after a long sleep; `back` says whether the volume has come back."""
    asleep, woke = 0, -REVIVAL_DAYS
    found = list(stages)
    for day, stage in enumerate(stages):
        if stage in ASLEEP:
            asleep += 1
            continue
        woke, asleep = (day if asleep >= ASLEEP_DAYS else woke), 0
        if day < woke + REVIVAL_DAYS and back[day]:
            found[day] = "revival"
    return found


def _raw_stage(
    end: int,
    month: np.ndarray,
    two: np.ndarray,
    peak: np.ndarray,
    faint: np.ndarray,
    silent: np.ndarray,
    temperature: Temperature,
) -> str:
    if end + 1 < SPROUT_DAYS:
        return "sprout"
    if faint[end] and faint[end - 28]:
        return "dead" if silent[end] else "dormant"
    if temperature.active_days[end] < COLD_DAYS or temperature.distinct_speakers[end] < COLD_SPEAKERS:
        return "cold"
    change = _change(end, two)
    if month[end] >= HALF * peak[end]:
        return "growth" if change >= GROWS else "mature"
    return "plateau" if change > FALLS else "decline"


def _change(end: int, two: np.ndarray) -> float:
    """The last 56 days against the 56 before, as daily rates; 1 while fewer than 28 days lie before."""
    known = min(end + 1 - 56, 56)
    if known < 28:
        return 1.0
    before = two[end - 56] / known
    return float(two[end] / 56 / before) if before else np.inf


def mark_split(stages: list[str], camps: int) -> list[str]:
    """The stages with `split` in the last four weeks, when a lively chat has fallen into camps."""
    if camps < 2 or stages[-1] not in (*LIVELY, "revival"):
        return stages
    return [*stages[:-28], *(s if s in ASLEEP else "split" for s in stages[-28:])]


def closed_day(talk: Talk, name: str, settings: CommunitySettings) -> int | None:
    """The last living day of a chat that was opened for a few days and is over; None for every other chat.

    Over means: the whole life is shorter than `short_lived_days`, and the chat says so itself, or its name or first
    notices set a clock and the last day is quiet, or it has been silent for longer than it lived.
    """
    rows = np.flatnonzero(talk.said & ~talk.bot)
    if len(rows) < 10:
        return None
    life = (talk.at[rows[-1]] - talk.at[rows[0]]) / DAY_MS
    if life >= settings.short_lived_days:
        return None
    late = rows[talk.at[rows] >= talk.at[rows[-1]] - max(life / 3, 1 / 24) * DAY_MS]
    said_so = bool(talk.says("closing")[late].any())
    daily = np.bincount(talk.day[rows], minlength=talk.days)
    quiet_end = daily[talk.day[rows[-1]]] <= HALF * daily.max() and talk.days >= 2
    first = rows[: max(10, len(rows) // 20)]
    clock = bool(talk.says("short_clock")[first].any()) or _names_clock(name)
    silence = (talk.now - talk.at[rows[-1]]) / DAY_MS
    outlived = silence >= max(7.0, life)
    return int(talk.day[rows[-1]]) if said_so or (clock and quiet_end) or outlived else None


def _names_clock(name: str) -> bool:
    return any(p in name for p in read_phrases("short_clock"))
