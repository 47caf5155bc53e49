"""A chat while it is being written: who is there today, which lines are used up, what has been said.

Example: `scene.say(member, line.turns[0], at, answers=question)`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from nuanqun.simulate.bank import Line, Part, Theme, fill
from nuanqun.simulate.fates import Fate
from nuanqun.simulate.model import SimulatedMember, SimulatedMessage
from nuanqun.simulate.voice import speak

T = TypeVar("T")
OFFERS = {"secondhand", "owner"}


@dataclass(slots=True, eq=False)
class Scene:
    """State of one chat under way; `present` holds who looks in today."""

    theme: Theme
    fate: Fate
    rng: Random
    members: list[SimulatedMember]
    messages: list[SimulatedMessage] = field(default_factory=list)
    present: list[SimulatedMember] = field(default_factory=list)
    decks: dict[Hashable, list] = field(default_factory=dict)
    conversations: int = 0
    level: float = 1.0  # warmth of today against the chat's best days, 0..1
    revivals: set[int] = field(default_factory=set)  # days on which a quiet chat comes to life
    opened: datetime | None = None  # nobody talks before

    @property
    def owner(self) -> SimulatedMember:
        """The owner of the chat."""
        return self.members[0]

    def draw(self, key: Hashable, items: Sequence[T]) -> T:
        """Draw like from a deck of cards: nothing comes twice before everything came once."""
        deck = self.decks.get(key)
        if not deck:
            deck = self.decks[key] = self.rng.sample(items, len(items))
        return deck.pop()

    def draw_pool(self, name: str) -> Line:
        """A line of one of the theme's pools."""
        return self.draw(("pool", name), self.theme.pools[name])

    def poisson(self, rate: float) -> int:
        """A Poisson number (Knuth)."""
        limit, product, count = math.exp(-min(rate, 60.0)), self.rng.random(), 0
        while product > limit:
            product *= self.rng.random()
            count += 1
        return count

    def clock(self, day: datetime) -> datetime:
        """A moment of the day by the chat's rhythm; `day` is a midnight."""
        hour = self.rng.choices(range(24), self.theme.hours)[0]
        at = day + timedelta(hours=hour, seconds=self.rng.randrange(3600))
        return at if self.opened is None or at > self.opened else self.clock(day)

    def look_in(self, day: datetime) -> None:
        """Decide who is there on the day that begins at `day`; the most talkative fill up to three."""
        tonight = day + timedelta(days=1)
        awake = [m for m in self.members if not m.ad_account and (is_awake(m, day) or is_awake(m, tonight))]
        self.present = [m for m in awake if self.rng.random() < m.presence]
        for member in sorted(awake, key=lambda m: -m.weight)[:6]:
            if len(self.present) < 3 and member not in self.present:
                self.present.append(member)

    def add(self, message: SimulatedMessage) -> SimulatedMessage:
        """Append a record."""
        message.order = len(self.messages)
        self.messages.append(message)
        return message

    def tell(
        self,
        event: str,
        at: datetime,
        actors: Iterable[SimulatedMember] = (),
        targets: Iterable[SimulatedMember] = (),
        text: str = "",
    ) -> SimulatedMessage:
        """Append a system line."""
        message = SimulatedMessage(
            at, None, text, kind="system", event=event, actors=list(actors), targets=list(targets)
        )
        return self.add(message)

    def say(
        self,
        who: SimulatedMember,
        parts: Sequence[Part],
        at: datetime,
        *,
        bound: dict[str, str],
        answers: SimulatedMessage | None = None,
        tag: str | None = None,
        to_all: bool = False,
        planted: str | None = None,
        move: str = "",
    ) -> SimulatedMessage:
        """Append what `who` says, message by message with typing time between; returns the last one."""
        first = last = None
        for part in parts:
            text = self._frame(fill(part.template, self.rng, self.theme.slots, bound), move)
            text = ("@所有人 " if to_all else "") + speak(who.voice, text, self.rng, self.theme.words)
            last = self.add(SimulatedMessage(at, who, text, kind=part.kind, conversation=self.conversations))
            last.answers = answers if first is None else first
            last.offer = tag if tag in OFFERS else None
            last.hard_negative = None if tag in OFFERS else tag
            first = first or last
            at += timedelta(seconds=self.rng.randint(2, 6) + len(text) // 2)
        assert first is not None and last is not None
        first.planted = planted
        return last

    def _frame(self, text: str, move: str) -> str:
        """Put a lead before or a tail behind what somebody says, as people do."""
        leads, tails = self.theme.around["leads"].get(move), self.theme.around["tails"].get(move)
        if leads is None or tails is None or not text or text.startswith("[") or "\n" in text or "://" in text:
            return text
        lead, tail = (0.4, 0.3) if move == "answer" else (0.2, 0.15)
        if self.rng.random() < lead:
            text = self.rng.choice(leads) + text
        end = self.rng.choice(tails)
        if self.rng.random() < tail and text[-1] not in "？?！!~😂" and end.strip("，") not in text:
            text += end
        return text


def is_awake(member: SimulatedMember, now: datetime) -> bool:
    """Whether the member is in the chat and still talks."""
    return (
        member.joined is not None
        and member.joined <= now
        and (member.left is None or now < member.left)
        and (member.quiet_after is None or now < member.quiet_after)
    )
