"""What the stage has found out about one chat so far: the one thing every warning rule and prescription reads.

Example: `find_alerts(findings, settings)`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from community.acts import Acts
from community.churn import Loss
from community.days import Daily
from community.incentives import Incentives
from community.influence import Influence
from community.names import Called
from community.replies import Links
from community.risk import Risk
from community.role_features import Habits
from community.roles import Roles
from community.roster import Roster
from community.settings import CommunitySettings
from community.talk import DAY_MS, Talk


@dataclass(frozen=True, slots=True)
class Findings:
    """All measurements of one chat; member numbers and rows index `talk`."""

    name: str
    talk: Talk
    annotations: pa.Table  # in the order of talk
    links: Links
    roster: Roster
    called: Called
    influence: Influence
    acts: Acts
    habits: Habits
    roles: Roles
    daily: Daily
    risk: Risk | None
    incentives: Incentives | None
    losses: list[Loss]
    settings: CommunitySettings
    ad_members: np.ndarray = field(repr=False)

    def message_ids(self, rows: np.ndarray | list[int], most: int = 20) -> list[str]:
        """The ids of the first `most` rows."""
        return [self.talk.ids[int(r)].as_py() for r in rows[:most]]

    def ids(self, members: np.ndarray | list[int]) -> list[str]:
        """Member ids of member numbers."""
        return [str(self.talk.member_ids[int(m)]) for m in members]

    def names(self, members: np.ndarray | list[int], most: int = 3) -> list[str]:
        """Display names of the first `most` member numbers."""
        return [self.called.name[int(m)] for m in members[:most]]

    def date(self, day: int) -> int:
        """Days since 1970-01-01 of a day index."""
        return self.talk.first_day + int(day)

    def absence_factor(self, days: int = 84) -> tuple[int, np.ndarray]:
        """CHAOSS Contributor Absence Factor (fewest people with half of the messages), and all, busiest first."""
        window = self.talk.since(days)
        clean = np.flatnonzero(self.talk.clean[window]) + window.start
        per = np.bincount(self.talk.sender[clean], minlength=self.talk.members)
        order = np.argsort(-per, kind="stable")
        order = order[per[order] > 0]
        if not len(order):
            return 0, order
        return int(np.searchsorted(np.cumsum(per[order]), per.sum() / 2) + 1), order

    def leaders(self, most: int = 3) -> np.ndarray:
        """Member numbers of the most influential, strongest first."""
        ranked = np.flatnonzero(self.influence.rank > 0)
        ranked = ranked[np.argsort(self.influence.rank[ranked])][:most]
        return ranked[self.influence.repliers[ranked] > 0]

    def open_questions(self, days: float = 28) -> np.ndarray:
        """Rows of questions of the last days that nobody answered, newest first."""
        answered = np.zeros(len(self.talk.at), bool)
        answered[self.links.parent[self.links.between(self.talk, self.settings.link_confidence)]] = True
        asked = self.talk.question & self.talk.clean & ~answered & (self.talk.at >= self.talk.now - days * DAY_MS)
        return np.flatnonzero(asked)[::-1]

    def topics(self) -> list[str]:
        """Topic ids of the clean messages of the last 84 days, most frequent first."""
        if "topic_label" not in self.annotations.schema.names:
            return []
        window = self.talk.since(84)
        labels = self.annotations["topic_label"].combine_chunks().slice(window.start, window.stop - window.start)
        labels = labels.filter(pa.array(self.talk.clean[window])).drop_null()
        counts = labels.value_counts().to_pylist()
        ranked = sorted(counts, key=lambda c: (-c["counts"], c["values"]))
        return [c["values"] for c in ranked if c["values"] != "chitchat"]
