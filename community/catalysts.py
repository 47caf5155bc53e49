"""Catalysts: what red packets, draws, 接龙, announcements, guests and meetings do to a chat, and for how long.

In: `Talk`, `Acts`, `Links`. Out: one `Catalyst` a kind that happened at least three times in 26 weeks. The effect is
the number of messages above matched moments (same time of day on days without any catalyst near); an association,
because people also call when a chat is lively. Example: `measure_catalysts(talk, acts, links)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from community.acts import Acts
from community.distinct import voices
from community.incentives import HOUR_MS, count_between, matched_times
from community.masks import among
from community.reasons import reason
from community.replies import Links
from community.tables import CATALYSTS, check_table
from community.talk import DAY_MS, MINUTE_MS, Talk
from community.traffic import chain_calls

KINDS = ("red_packet", "lucky_draw", "chain", "announcement", "guest", "meeting")
WINDOW_DAYS = 182
LEAST_EVENTS = 3
MOST_EVENTS = 120
MERGE_MINUTES = 30
DRAWS = 200
LAGS = (0, 0.5, 1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48)  # hours


@dataclass(frozen=True, slots=True)
class Catalyst:
    """The effect of one kind of event; messages of members, the call itself and packet traffic not counted."""

    kind: str
    rows: np.ndarray  # first record of each event, oldest first
    answers: float  # mean messages in the hour after
    usual: float  # the same at matched moments
    extra: float  # answers - usual
    low: float  # 95 % interval of extra by bootstrap over the events
    high: float
    p: float
    extra_day: float  # extra messages within 24 hours
    half_life: float | None  # hours until half of what it brings within 48 hours has come; None = no effect
    voices: float  # mean distinct members in the hour after


def measure_catalysts(talk: Talk, acts: Acts, links: Links) -> list[Catalyst]:
    """Strongest first; empty when times are too coarse."""
    if talk.resolution == "day":
        return []
    start = max(talk.now - WINDOW_DAYS * DAY_MS, int(talk.at[0]))
    calls = _calls(talk, acts, links)
    every = talk.at[np.any(list(calls.values()), axis=0)]
    entry = talk.kind("chain", "red_packet", "transfer")
    organic = np.flatnonzero(talk.warm & ~entry & ~np.any(list(calls.values()), axis=0) & (talk.at >= start))
    found = []
    for kind, call in calls.items():
        rows = np.flatnonzero(call & (talk.at >= start))
        rows = rows[np.diff(talk.at[rows], prepend=-(1 << 60)) >= MERGE_MINUTES * MINUTE_MS][-MOST_EVENTS:]
        if len(rows) >= LEAST_EVENTS and len(organic):
            found.append(_measure(talk, kind, rows, organic, every, start))
    return sorted(found, key=lambda c: -c.extra)


def _calls(talk: Talk, acts: Acts, links: Links) -> dict[str, np.ndarray]:
    """The records that start an event of each kind."""
    people = talk.said & ~talk.bot & ~talk.ad
    calls = among(talk.messages["event"], "announce") | (links.mentions.everyone & people)
    rouses = acts["organises"] | acts["opens"]
    return {
        "red_packet": talk.kind("red_packet") & people,
        "lucky_draw": talk.says("lucky_draw") & acts["opens"] & people,
        "chain": chain_calls(talk.messages, talk.texts, talk.wording, talk.said) & people,
        "announcement": calls,
        "guest": talk.says("guest") & rouses & people,
        "meeting": talk.says("meeting") & acts["organises"] & people,
    }


def _measure(talk: Talk, kind: str, rows: np.ndarray, organic: np.ndarray, every: np.ndarray, start: int) -> Catalyst:
    times, event = talk.at[organic], talk.at[rows]
    null = matched_times(event, every, start, talk.now, DRAWS)
    each = count_between(times, event, 0, HOUR_MS).astype(float)
    chance = count_between(times, null, 0, HOUR_MS).reshape(DRAWS, -1).mean(1)
    usual = float(chance.mean())
    spin = np.random.default_rng(7)
    means = each[spin.integers(0, len(each), (DRAWS * 2, len(each)))].mean(1) - usual
    curve = _curve(times, event, null)
    p = float((1 + (chance >= each.mean()).sum()) / (DRAWS + 1))
    return Catalyst(
        kind=kind,
        rows=rows,
        answers=float(each.mean()),
        usual=usual,
        extra=float(each.mean()) - usual,
        low=float(np.quantile(means, 0.025)),
        high=float(np.quantile(means, 0.975)),
        p=p,
        extra_day=curve[LAGS.index(24)],
        half_life=_half_life(np.array(curve)) if p < 0.05 else None,
        voices=float(voices(talk.sender[organic], *_spans(times, event)).mean()),
    )


def _curve(times: np.ndarray, event: np.ndarray, null: np.ndarray) -> list[float]:
    """Extra messages up to each of LAGS: those after an event less those after a matched moment."""

    def reached(moment: np.ndarray, hours: float) -> float:
        return float(np.searchsorted(times, moment + int(hours * HOUR_MS), "right").mean())

    event, null = np.sort(event), np.sort(null)  # neighbours are found in the processor's cache
    before = reached(event, 0) - reached(null, 0)
    return [reached(event, hours) - reached(null, hours) - before for hours in LAGS]


def _half_life(curve: np.ndarray) -> float | None:
    """When half of the largest cumulated effect is reached, by straight lines between the lags."""
    curve = np.maximum.accumulate(curve)
    if curve[-1] <= 0.5:
        return None
    return float(np.interp(curve[-1] / 2, curve, LAGS))


def _spans(times: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.searchsorted(times, event, "right"), np.searchsorted(times, event + HOUR_MS, "right")


def catalysts_table(talk: Talk, found: list[Catalyst]) -> pa.Table:
    """The CATALYSTS table."""
    columns = {
        "chat_id": [talk.chat_id] * len(found),
        "kind": [c.kind for c in found],
        "events": [len(c.rows) for c in found],
        "last": [int(talk.at[c.rows[-1]]) for c in found],
        **{name: [getattr(c, attribute) for c in found] for name, attribute in _NUMBERS.items()},
        "why": [_why(c) for c in found],
        "message_ids": [talk.ids.take(pa.array(c.rows[::-1][:20])).to_pylist() for c in found],
    }
    return check_table(
        pa.table({f.name: pa.array(columns[f.name], f.type) for f in CATALYSTS}, schema=CATALYSTS), CATALYSTS
    )


_NUMBERS = {n: n for n in ("answers", "usual", "extra", "p", "extra_day", "half_life", "voices")}
_NUMBERS |= {"extra_low": "low", "extra_high": "high"}


def _why(c: Catalyst) -> list[str]:
    numbers = {"events": len(c.rows), "answers": round(c.answers, 1), "usual": round(c.usual, 1)}
    if c.half_life is None:
        return [reason(f"catalyst.{c.kind}", **numbers), reason("catalyst.no_effect")]
    half = {"minutes": round(60 * c.half_life), "voices": round(c.voices, 1)}
    return [reason(f"catalyst.{c.kind}", **numbers), reason("catalyst.fades", **half)]
