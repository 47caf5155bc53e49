"""Who joined, who was brought by whom, who left: what the system lines say.

In: `Talk`. Out: `Roster`. Exports name people in system lines by id or by display name; both are resolved.
Example: `roster = read_roster(talk)`; `roster.inviter[member]`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from community.masks import among
from community.mentions import read_names
from community.talk import Talk

JOINS = ("join", "invite", "scan_qr")
LEAVES = ("leave", "kick")


@dataclass(frozen=True, slots=True)
class Roster:
    """Joins and leaves as (row, member) pairs in time order; `inviter` is one member number a member, -1 = unknown."""

    join_row: np.ndarray
    join_member: np.ndarray
    leave_row: np.ndarray
    leave_member: np.ndarray
    inviter: np.ndarray
    same_as: np.ndarray  # a member known only by name in system lines -> the member of that name, else itself

    def left_row(self, members: int) -> np.ndarray:
        """The row at which each member last left, -1 = never."""
        row = np.full(members, -1, np.int64)
        row[self.leave_member] = self.leave_row
        return row

    def until(self, rows: int) -> Roster:
        """Who had joined and left within the first `rows` records."""
        joined, gone = self.join_row < rows, self.leave_row < rows
        come = np.zeros(len(self.inviter), bool)
        come[self.join_member[joined]] = True
        inviter = np.where(come, self.inviter, -1)
        return Roster(
            self.join_row[joined],
            self.join_member[joined],
            self.leave_row[gone],
            self.leave_member[gone],
            inviter,
            self.same_as,
        )


def read_roster(talk: Talk) -> Roster:
    """Read join, invite, leave and kick lines."""
    same = _resolve(talk)
    number = {m: int(same[i]) for i, m in enumerate(talk.member_ids.tolist())}
    inviter = np.full(talk.members, -1, np.int32)
    joins: list[tuple[int, int]] = []
    leaves: list[tuple[int, int]] = []
    rows = np.flatnonzero(among(talk.messages["event"], *JOINS, *LEAVES))
    lines = talk.messages.select(["event", "actor_ids", "target_ids"]).take(pa.array(rows)).to_pylist()
    for row, line in zip(rows.tolist(), lines, strict=True):
        actors = [number[a] for a in line["actor_ids"] if a in number]
        targets = [number[t] for t in line["target_ids"] if t in number]
        if not actors and not targets and talk.sender[row] >= 0:
            actors = [int(talk.sender[row])]
        moved = targets or actors
        (leaves if line["event"] in LEAVES else joins).extend((row, m) for m in moved)
        if line["event"] in JOINS and targets and actors:
            for member in targets:
                if member != actors[0] and inviter[member] < 0:
                    inviter[member] = actors[0]
    join = np.array(joins, np.int64).reshape(-1, 2)
    leave = np.array(leaves, np.int64).reshape(-1, 2)
    return Roster(join[:, 0], join[:, 1], leave[:, 0], leave[:, 1], inviter, same)


def _resolve(talk: Talk) -> np.ndarray:
    """Map members that appear only in system lines, under a display name, to the sender of that name."""
    same = np.arange(talk.members)
    spoke = np.zeros(talk.members, bool)
    spoke[talk.sender[talk.sender >= 0]] = True
    silent = np.flatnonzero(~spoke)
    if not len(silent) or not spoke.any():
        return same
    names = read_names(talk)
    for member in silent.tolist():
        code = names.code.get(str(talk.member_ids[member]))
        if code is not None:
            same[member] = names.at(np.array([code]), np.array([len(talk.at)]))[0]
    return same
