"""The days on which the level of talk changed, and the members who explain it.

In: `Findings`. Out: `Shift` in order of time, and the SHIFTS table. Days come from PELT (Killick 2012) on
log(1 + messages) with the weekday rhythm taken out, penalty 3 σ² ln n, at least two weeks a level; they explain, they
do not foretell. Who: each member's messages a day before against after, as a share of all that fell (or rose).
Example: `find_shifts(findings)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from community.findings import Findings
from community.reasons import reason
from community.season import weekday, weekday_factors
from community.tables import SHIFTS, check_table

LEAST_LEVEL = 14  # days
LOOK_BACK = 1096
AROUND = 84  # days compared on either side
LEAST_CHANGE = 1 / 3
LEAST_MESSAGES = 0.5  # a day, on the higher side
MANY = 3.0
"""A rise by more than this is told as so many times."""
LEAST_SHARE = 0.05
SILENT = 0.1
"""Who says less than this part of what they said before has stopped."""
MOST = 5


@dataclass(frozen=True, slots=True)
class Shift:
    """One change of level: messages a day before and after, and who explains it (shares of the change)."""

    day: int  # index of the first day of the new level
    earlier: int  # days compared on the old level, at most 84
    days: int  # and on the new one
    before: float
    after: float
    members: list[int]
    shares: list[float]
    stopped: list[bool]  # on a rise: came new

    @property
    def change(self) -> float:
        """-1..: -0.5 = half as many messages a day."""
        return self.after / self.before - 1 if self.before else 1.0


def find_shifts(findings: Findings) -> list[Shift]:
    """The changes by a third and more of the last three years, oldest first; none in chats of less than four weeks."""
    daily, talk = findings.daily, findings.talk
    start = max(talk.days - LOOK_BACK, 0)
    if talk.days - start < 2 * LEAST_LEVEL:
        return []
    ordinary = daily.holiday == ""
    factor = weekday_factors(daily.clean, talk.first_day, ordinary)[weekday(talk.first_day, talk.days)]
    edges = [start, *(start + e for e in change_points(np.log1p(daily.clean / factor)[start:]))]
    found = []
    for left, day, right in zip(edges, edges[1:], [*edges[2:], talk.days], strict=False):
        if day >= talk.days:
            break
        found.append(_explain(findings, max(left, day - AROUND), day, min(right, day + AROUND)))
    return [shift for shift in found if _worth(shift)]


def change_points(level: np.ndarray) -> list[int]:
    """Indices at which the mean of `level` changes, without the end."""
    steps = np.diff(level)
    noise = float(np.median(np.abs(steps - np.median(steps)))) / 0.6745 / np.sqrt(2)
    noise = max(noise, float(np.std(steps)) / np.sqrt(2) / 2, 0.05)  # many equal days must not make noise nothing
    import ruptures  # it brings scipy.stats: only chats with enough days pay for that

    search = ruptures.KernelCPD(kernel="linear", min_size=LEAST_LEVEL).fit(level.reshape(-1, 1))
    ends = search.predict(pen=3 * noise**2 * np.log(len(level))) or []
    return [int(i) for i in ends[:-1]]


def _worth(shift: Shift) -> bool:
    high, low = max(shift.before, shift.after), min(shift.before, shift.after)
    return high >= LEAST_MESSAGES and low <= high * (1 - LEAST_CHANGE)


def _explain(findings: Findings, left: int, day: int, right: int) -> Shift:
    talk = findings.talk

    def rate(start: int, end: int) -> np.ndarray:
        rows = np.flatnonzero(talk.warm[slice(*np.searchsorted(talk.day, [start, end]))])
        rows += int(np.searchsorted(talk.day, start))
        return np.bincount(talk.sender[rows], minlength=talk.members) / (end - start)

    before, after = rate(left, day), rate(day, right)
    whole = float(after.sum() - before.sum())
    moved = np.where(
        findings.shut, 0, np.maximum((after - before) * np.sign(whole), 0)
    )  # in the direction of the whole
    share = moved / max(float(moved.sum()), 1e-9)
    order = np.argsort(-share, kind="stable")[:MOST]
    order = order[share[order] >= LEAST_SHARE]
    gone = after < SILENT * before if whole < 0 else before < SILENT * after
    level = float(before.sum()), float(after.sum())
    who = order.tolist(), share[order].tolist(), gone[order].tolist()
    return Shift(day, day - left, right - day, *level, *who)


def shifts_table(findings: Findings, found: list[Shift]) -> pa.Table:
    """The SHIFTS table."""
    columns = {
        "chat_id": [findings.talk.chat_id] * len(found),
        "day": [findings.date(x.day) for x in found],
        "kind": ["fall" if x.change < 0 else "rise" for x in found],
        "before": [x.before for x in found],
        "after": [x.after for x in found],
        "change": [x.change for x in found],
        "member_ids": [findings.ids(x.members) for x in found],
        "shares": [x.shares for x in found],
        "stopped": [x.stopped for x in found],
        "explained": [sum(share for share, stopped in zip(x.shares, x.stopped, strict=True) if stopped) for x in found],
        "message_ids": [findings.message_ids(_last_words(findings, x)) for x in found],
        "why": [_why(findings, x) for x in found],
    }
    arrays = {f.name: pa.array(columns[f.name], pa.int32() if f.name == "day" else f.type) for f in SHIFTS}
    arrays["day"] = arrays["day"].cast(pa.date32())
    return check_table(pa.table(arrays, schema=SHIFTS), SHIFTS)


def _last_words(findings: Findings, x: Shift) -> list[int]:
    """What each of them said last before the day, or on a rise first after it."""
    talk, edge = findings.talk, int(np.searchsorted(findings.talk.day, x.day))
    rows = []
    for member in x.members:
        own = np.flatnonzero(talk.warm & (talk.sender == member))
        own = own[own < edge][-1:] if x.change < 0 else own[own >= edge][:1]
        rows += own.tolist()
    return rows


def _key(x: Shift) -> str:
    """Which sentence tells the change: of hardly anything no share is said, and of many times as much no percentage."""
    if x.change < 0:
        return "fall"
    return "begin" if x.before < LEAST_MESSAGES else "rise" if x.change <= MANY else "rise_times"


def _by_how_much(x: Shift) -> dict[str, int]:
    return {"times": round(1 + x.change)} if x.change > MANY else {"percent": round(100 * abs(x.change))}


def _why(findings: Findings, x: Shift) -> list[str]:
    kind = "fall" if x.change < 0 else "rise"
    before, after = round(x.before, 1), round(x.after, 1)
    words = [reason(f"shift.{_key(x)}", before=before, after=after, **_by_how_much(x))]
    for flag, key in ((True, "stopped" if kind == "fall" else "came"), (False, "less" if kind == "fall" else "more")):
        some = [(m, s) for m, s, gone in zip(x.members, x.shares, x.stopped, strict=True) if gone is flag]
        if some:
            names = findings.names([m for m, _ in some], MOST)
            percent = round(100 * sum(share for _, share in some))
            words.append(
                reason(f"shift.{key}", names=names, percent=percent, days=x.days if kind == "fall" else x.earlier)
            )
    return words if x.members else [*words, reason(f"shift.everybody_{kind}")]
