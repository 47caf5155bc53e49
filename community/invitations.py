"""The invitation tree: who brought whom, how deep it goes and how many stay.

In: `Talk`, `Roster`. Out: `Invitations`, one entry a member. Example: `tree = read_invitations(talk, roster)`;
`tree.brought[member]`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.roster import Roster
from community.talk import DAY_MS, Talk

STAY_DAYS = 28


@dataclass(frozen=True, slots=True)
class Invitations:
    """One entry a member unless said."""

    brought: np.ndarray  # members whom this one brought in
    stayed: np.ndarray  # of these: have not left, and spoke within four weeks or came within four weeks
    depth: np.ndarray  # steps from the root of the tree, 0 = was not brought by anybody known
    recent: np.ndarray  # brought within the last twelve weeks
    wiener: float  # mean distance between members of the largest tree (Qiu et al. 2016), nan = no tree


def read_invitations(talk: Talk, roster: Roster) -> Invitations:
    """Read the tree of the roster; linear in the members."""
    inviter = roster.inviter
    guests = np.flatnonzero(inviter >= 0)
    left = roster.left_row(talk.members)
    last = np.full(talk.members, -1, np.int64)
    own = np.flatnonzero(talk.said)
    last[talk.sender[own]] = own
    came = np.full(talk.members, -1, np.int64)
    came[roster.join_member] = roster.join_row
    seen = np.maximum(last, came)
    here = (left < seen) & (talk.now - talk.at[np.maximum(seen, 0)] <= STAY_DAYS * DAY_MS)
    new = (came >= 0) & (talk.now - talk.at[np.maximum(came, 0)] <= 84 * DAY_MS)
    depth = _depth(inviter)
    return Invitations(
        brought=np.bincount(inviter[guests], minlength=talk.members),
        stayed=np.bincount(inviter[guests[here[guests]]], minlength=talk.members),
        depth=depth,
        recent=np.bincount(inviter[guests[new[guests]]], minlength=talk.members),
        wiener=_wiener(inviter, depth),
    )


def _depth(inviter: np.ndarray) -> np.ndarray:
    """Steps to the root; a circle (wrong names) is cut after as many steps as there are members."""
    depth, up = np.zeros(len(inviter), np.int64), inviter.copy()
    for _ in range(64):
        climbing = up >= 0
        if not climbing.any():
            break
        depth[climbing] += 1
        up[climbing] = inviter[up[climbing]]
    return depth


def _wiener(inviter: np.ndarray, depth: np.ndarray) -> float:
    """Mean distance of two members of the largest tree: each edge parts it into `size` and the rest."""
    n = len(inviter)
    root, up = np.arange(n), inviter.copy()
    for _ in range(64):
        climbing = up >= 0
        root[climbing] = up[climbing]
        up[climbing] = inviter[up[climbing]]
    sizes = np.bincount(root, minlength=n)
    top = int(sizes.argmax())
    total = int(sizes[top])
    if total < 3:
        return float("nan")
    below = np.ones(n, np.int64)
    for member in np.argsort(-depth, kind="stable").tolist():
        if inviter[member] >= 0 and depth[member] < 64:
            below[inviter[member]] += below[member]
    edges = (root == top) & (inviter >= 0)
    paths = (below[edges] * (total - below[edges])).sum()
    return float(2 * paths / (total * (total - 1)))
