"""Newcomers: who came in the last twelve weeks, how they were received, who stayed.

In: `Talk`, `Links`, `Roster`. Out: `Arrivals`, one entry a newcomer. A newcomer is who joined (a system line says so)
or, where the export has no such lines, who spoke for the first time, the first four weeks of a record left out.
Example: `arrivals = read_arrivals(talk, links, roster, settings)`; `arrivals.answered(30).mean()`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.distinct import distinct
from community.masks import among
from community.replies import Links
from community.roster import Roster
from community.settings import CommunitySettings
from community.talk import DAY_MS, MINUTE_MS, Talk, ad_accounts, bots

WINDOW_DAYS = 84
SETTLING_DAYS = 28
WEEK = 7


@dataclass(frozen=True, slots=True)
class Arrivals:
    """One entry a newcomer, in order of arrival."""

    member: np.ndarray
    came: np.ndarray  # ms UTC: join notice, or first message where there is none
    first_row: np.ndarray  # first message of the stay, -1 = has not spoken yet
    wait: np.ndarray  # minutes until another member answered that message, nan = nobody within a day
    greeter: np.ndarray  # who answered or welcomed first, -1 = nobody
    judged: np.ndarray  # came more than a week ago: whether they stayed can be told
    stayed: np.ndarray  # spoke on another day within the first week after the first message

    @property
    def spoke(self) -> np.ndarray:
        """Who said something at all."""
        return self.first_row >= 0

    def answered(self, minutes: float) -> np.ndarray:
        """Of those who spoke: whose first message was answered within so many minutes."""
        return self.wait[self.spoke] <= minutes


def read_arrivals(talk: Talk, links: Links, roster: Roster, settings: CommunitySettings) -> Arrivals:
    """Everybody who came in the last twelve weeks; bots and ad accounts left out."""
    since = talk.now - WINDOW_DAYS * DAY_MS
    member, came = _came(talk, roster, since)
    shut = bots(talk) | ad_accounts(talk, settings)
    kept = ~shut[member]
    member, came = member[kept], came[kept]
    first = _first_rows(talk, member, came)
    wait, answerer = _answers(talk, links, settings, first)
    greeter = np.where(answerer >= 0, answerer, _welcomers(talk, member, came))
    spoke_at = np.where(first >= 0, talk.at[np.maximum(first, 0)], came)
    return Arrivals(
        member=member,
        came=came,
        first_row=first,
        wait=wait,
        greeter=greeter,
        judged=(first >= 0) & (talk.now - spoke_at > WEEK * DAY_MS),
        stayed=_stayed(talk, member, first),
    )


def _came(talk: Talk, roster: Roster, since: int) -> tuple[np.ndarray, np.ndarray]:
    """Members and the time they came; the last join counts for those who came twice."""
    if len(roster.join_row):
        at = talk.at[roster.join_row]
        recent = at >= since
        last: dict[int, int] = dict(zip(roster.join_member[recent].tolist(), at[recent].tolist(), strict=True))
        founded = int(talk.at[0]) + DAY_MS  # who is there on the first day founds the chat
        pairs = sorted((t, m) for m, t in last.items() if t > founded)
        return np.array([m for _, m in pairs], np.int64), np.array([t for t, _ in pairs], np.int64)
    rows = np.flatnonzero(talk.said)
    who, place = np.unique(talk.sender[rows], return_index=True)
    at = talk.at[rows[place]]
    new = (at >= since) & (at >= talk.at[0] + SETTLING_DAYS * DAY_MS)
    order = np.argsort(at[new], kind="stable")
    return who[new][order].astype(np.int64), at[new][order]


def _first_rows(talk: Talk, member: np.ndarray, came: np.ndarray) -> np.ndarray:
    """The first message of each member at or after the arrival, -1 = none."""
    rows = np.flatnonzero(talk.said & np.isin(talk.sender, member))
    key = talk.sender[rows].astype(np.int64) * len(talk.at) + rows
    key.sort()
    place = np.searchsorted(key, member * len(talk.at) + np.searchsorted(talk.at, came))
    hit = key[np.minimum(place, len(key) - 1)] if len(key) else np.full(len(member), -1, np.int64)
    found = (place < len(key)) & (hit // len(talk.at) == member)
    return np.where(found, hit % len(talk.at), -1)


def _answers(talk: Talk, links: Links, settings: CommunitySettings, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Minutes until the first answer by somebody else within a day, and who gave it."""
    wait, who = np.full(len(first), np.nan), np.full(len(first), -1, np.int64)
    rows = links.between(talk, settings.link_confidence)
    rows = rows[np.isin(links.parent[rows], first[first >= 0])]
    parent, place = np.unique(links.parent[rows], return_index=True)  # rows ascend: the first answer comes first
    where = np.searchsorted(parent, first)
    for i in np.flatnonzero(first >= 0).tolist():
        k = where[i]
        if k < len(parent) and parent[k] == first[i]:
            minutes = (talk.at[rows[place[k]]] - talk.at[first[i]]) / MINUTE_MS
            if minutes <= 24 * 60:
                wait[i], who[i] = minutes, talk.sender[rows[place[k]]]
    return wait, who


def _welcomers(talk: Talk, member: np.ndarray, came: np.ndarray) -> np.ndarray:
    """Who welcomed in words within ten minutes after the arrival, -1 = nobody."""
    rows = np.flatnonzero(talk.says("welcome") & ~among(talk.messages["kind"], "system"))
    place = np.searchsorted(talk.at[rows], came)
    hit = rows[np.minimum(place, len(rows) - 1)] if len(rows) else np.full(len(member), -1, np.int64)
    near = (place < len(rows)) & (hit >= 0) & (talk.at[np.maximum(hit, 0)] - came <= 10 * MINUTE_MS)
    who = talk.sender[np.maximum(hit, 0)]
    return np.where(near & (who != member), who, -1)


def _stayed(talk: Talk, member: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Whether each spoke again on a later day within the week after the first message."""
    rows = np.flatnonzero(talk.said & np.isin(talk.sender, member))
    key = distinct(talk.sender[rows].astype(np.int64) * (talk.days + 1) + talk.day[rows])
    day = talk.day[np.maximum(first, 0)].astype(np.int64)
    low = np.searchsorted(key, member * (talk.days + 1) + day, "right")
    high = np.searchsorted(key, member * (talk.days + 1) + np.minimum(day + WEEK, talk.days), "right")
    return (first >= 0) & (high > low)
