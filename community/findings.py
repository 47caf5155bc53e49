"""What the stage has found out about one chat so far: the one thing every warning rule and prescription reads.

Example: `find_alerts(findings, settings)`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.acts import Acts
from community.arrivals import Arrivals
from community.catalysts import Catalyst
from community.churn import Loss
from community.closeness import closeness_tier
from community.days import Daily
from community.incentives import Incentives
from community.influence import Influence
from community.invitations import Invitations
from community.names import Called
from community.outlook import Outlook, read_outlook
from community.replies import Links
from community.risk import Risk
from community.role_features import Habits
from community.roles import Roles
from community.roster import Roster
from community.settings import CommunitySettings
from community.talk import DAY_MS, MINUTE_MS, Talk, bots
from community.traffic import chain_calls

CHATTER_SHARE = 0.1
CHATTER_ANSWERED = 0.5
LEAST_REPLIERS = 2
ASLEEP = ("closed", "dormant", "dead")


if TYPE_CHECKING:
    from community.open_topics import Topic


@dataclass(frozen=True)
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
    camps: list[np.ndarray]  # none while the chat holds together
    risk: Risk | None
    incentives: Incentives | None
    losses: list[Loss]
    settings: CommunitySettings
    ad_members: np.ndarray = field(repr=False)
    closeness: np.ndarray = field(repr=False)  # one entry a member
    arrivals: Arrivals = field(repr=False)
    invitations: Invitations = field(repr=False)
    catalysts: list[Catalyst] = field(repr=False)

    @cached_property
    def tier(self) -> np.ndarray:
        """The closeness tier of each member."""
        return closeness_tier(self.closeness)

    @cached_property
    def outlook(self) -> Outlook:
        """What the next four weeks may bring; no volume for chats that sleep, which the model never saw."""
        found = read_outlook(self.talk, self.settings)
        return replace(found, volume=None) if self.daily.stage in ASLEEP else found

    @cached_property
    def shut(self) -> np.ndarray:
        """Bots and ad accounts: members who get neither praise nor advice."""
        return self.ad_members | bots(self.talk)

    @cached_property
    def foreign(self) -> bool:
        """Whether hardly any text of the last 84 days is Chinese: what is counted by word lists is then too low."""
        rows = np.flatnonzero(self.talk.clean[self.talk.since(84)]) + self.talk.since(84).start
        texts = self.talk.texts.take(pa.array(rows))
        return len(rows) > 0 and (pc.mean(pc.match_substring_regex(texts, r"\p{Han}")).as_py() or 0) < 0.1

    @cached_property
    def gone(self) -> np.ndarray:
        """Who left after their last word; where people come and go daily (IRC), a quit is no farewell."""
        last = np.full(self.talk.members, -1, np.int64)
        own = np.flatnonzero(self.talk.said)
        last[self.talk.sender[own]] = own
        once = np.bincount(self.roster.leave_member, minlength=self.talk.members) == 1
        return (last >= 0) & once & (self.roster.left_row(self.talk.members) > last)

    @cached_property
    def size(self) -> int:
        """Members in the chat: who was ever seen, minus who left and was not seen since."""
        last = np.full(self.talk.members, -1, np.int64)
        own = np.flatnonzero(self.talk.sender >= 0)
        last[self.talk.sender[own]] = own
        np.maximum.at(last, self.roster.join_member, self.roster.join_row)
        left = self.roster.left_row(self.talk.members)
        alone = self.roster.same_as == np.arange(self.talk.members)
        return int((((last >= 0) | (left >= 0)) & alone & (left <= last)).sum())

    @cached_property
    def chain_calls(self) -> np.ndarray:
        """Which records call for a 接龙."""
        talk = self.talk
        return chain_calls(talk.messages, talk.texts, talk.wording, talk.said)

    @cached_property
    def open_topics(self) -> list[Topic]:
        """What the chat talks about in its own words."""
        from community.open_topics import find_topics

        return find_topics(self)

    @cached_property
    def organic(self) -> np.ndarray:
        """Records outside of the hour after any catalyst."""
        calls = np.zeros(len(self.talk.at), bool)
        calls[[row for found in self.catalysts for row in found.rows.tolist()]] = True
        at = self.talk.at[np.flatnonzero(calls)]
        place = np.searchsorted(at, self.talk.at, "right") - 1
        return (place < 0) | (self.talk.at - at[np.maximum(place, 0)] > 60 * MINUTE_MS) if len(at) else ~calls

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

    @cached_property
    def chatter(self) -> np.ndarray:
        """Who writes a tenth of 84 days and more, and is answered half as often a message as is usual: no pull."""
        influence = self.influence
        ranked = influence.rank > 0
        share = influence.messages / max(int(influence.messages.sum()), 1)
        drawn = influence.replied / np.maximum(influence.messages, 1)
        usual = float(np.median(drawn[ranked])) if ranked.any() else 0.0
        return ranked & (share >= CHATTER_SHARE) & (drawn < CHATTER_ANSWERED * usual)

    def leaders(self, most: int = 3) -> np.ndarray:
        """The most influential, strongest first: here within four weeks, answered by two and more, no chatterboxes."""
        pulls = (self.influence.rank > 0) & (self.influence.repliers >= LEAST_REPLIERS)
        pulls &= ~self.chatter & (self.habits.silent_days < 28)
        ranked = np.flatnonzero(pulls)
        return ranked[np.argsort(self.influence.rank[ranked])][:most]

    def helpers(self, most: int = 10) -> np.ndarray:
        """Member numbers of those who answer most questions and were here within four weeks, busiest first."""
        helped = np.where(self.shut | (self.habits.silent_days >= 28), 0, self.habits.helped)
        order = np.argsort(-helped, kind="stable")[:most]
        return order[helped[order] > 0]

    def open_questions(self, days: float = 28) -> np.ndarray:
        """Rows of questions of the last days that nobody answered, newest first."""
        answered = np.zeros(len(self.talk.at), bool)
        answered[self.links.parent[self.between]] = True
        asked = self.talk.question & self.talk.clean & ~answered & (self.talk.at >= self.talk.now - days * DAY_MS)
        return np.flatnonzero(asked)[::-1]

    @cached_property
    def between(self) -> np.ndarray:
        """Rows that answer another member surely enough to count."""
        return self.links.between(self.talk, self.settings.link_confidence)

    def topic_of(self, rows: list[int]) -> str | None:
        """The most frequent topic of these rows, small talk left out; None when they have none."""
        if "topic_label" not in self.annotations.schema.names or not rows:
            return None
        labels = self.annotations["topic_label"].take(pa.array(rows)).to_pylist()
        known = [t for t in labels if t and t != "chitchat"]
        return max(dict.fromkeys(known), key=known.count) if known else None

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
