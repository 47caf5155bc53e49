"""Core members who stopped: silence beyond their own habit while the chat went on.

In: `Talk`, `Links`, `Roster`. Out: a list of `Loss`, heaviest first. A core member carried at least 5 % of the talk in
the twelve weeks before their last word, on many days, and was answered by several people.
Example: `[talk.member_ids[loss.member] for loss in find_losses(talk, links, roster, settings)]`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.influence import score_influence
from community.replies import Links
from community.roster import Roster
from community.settings import CommunitySettings
from community.talk import DAY_MS, Talk, ad_accounts, bots

CORE_SHARE = 0.05
CORE_DAYS = 8
CORE_REPLIERS = 3
LEAST_SILENCE = 14.0  # days
LOOK_BACK = 84


@dataclass(frozen=True, slots=True)
class Loss:
    """A core member gone silent; shares 0..1 over the 84 days before the last word, times in days."""

    member: int
    last_row: int
    share: float
    active_days: int
    repliers: int
    rank: int  # influence rank then, 0 = sample too small
    silence: float
    usual_gap: float  # 95 % of the own gaps are shorter
    left: bool  # a system line says so


def find_losses(talk: Talk, links: Links, roster: Roster, settings: CommunitySettings) -> list[Loss]:
    """The core members who fell silent within the last twelve weeks."""
    clean = np.flatnonzero(talk.clean)
    last = np.full(talk.members, -1, np.int64)
    last[talk.sender[clean]] = clean
    silence = np.where(last >= 0, (talk.now - talk.at[np.maximum(last, 0)]) / DAY_MS, np.inf)
    # Where people come and go daily (IRC), a quit is no farewell: only a first leave counts.
    once = np.bincount(roster.leave_member, minlength=talk.members) == 1
    gone = (last >= 0) & once & (roster.left_row(talk.members) > last)
    quiet = (silence >= LEAST_SILENCE) | gone
    often = np.bincount(talk.sender[clean], minlength=talk.members) >= settings.role_min_messages
    shut = bots(talk) | ad_accounts(talk, settings)
    candidates = np.flatnonzero(quiet & often & (silence <= LOOK_BACK) & ~shut)
    weight = np.bincount(talk.sender[clean], minlength=talk.members)
    candidates = candidates[np.argsort(-weight[candidates], kind="stable")][:20]
    found = [_weigh(talk, links, settings, int(m), int(last[m]), bool(gone[m])) for m in candidates]
    return sorted((x for x in found if x), key=lambda loss: (-loss.share, loss.member))


def _weigh(talk: Talk, links: Links, settings: CommunitySettings, member: int, last: int, left: bool) -> Loss | None:
    until = int(talk.at[last]) + 1
    window = talk.since(LOOK_BACK, until)
    own = np.flatnonzero(talk.clean[window] & (talk.sender[window] == member)) + window.start
    share = len(own) / max(int(talk.clean[window].sum()), 1)
    days = np.unique(talk.day[own])
    if share < CORE_SHARE or len(days) < CORE_DAYS:
        return None
    gap = float(np.quantile(np.diff(days), 0.95)) if len(days) > 1 else float(LOOK_BACK)
    silence = (talk.now - until) / DAY_MS
    later = np.flatnonzero(talk.clean[last + 1 :]) + last + 1
    went_on = len(np.unique(talk.day[later])) >= 3  # a chat that stopped with its member lost nobody in particular
    if not left and (silence <= max(2 * gap, LEAST_SILENCE) or not went_on):
        return None
    then = score_influence(talk, links, settings, until)
    if then.repliers[member] < CORE_REPLIERS:
        return None
    return Loss(member, last, share, len(days), int(then.repliers[member]), int(then.rank[member]), silence, gap, left)
