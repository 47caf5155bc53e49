"""Conversations: a thread of the bank in, messages of members in a scene out.

A conversation has an opener, answers of those who know, small talk, doubts, questions with their answers and the
opener's comeback. Who speaks follows from roles, presence and Zipf weights; gaps are log-normal; a finished
conversation may kindle another, so the chat excites itself.
Example: `converse(scene, thread, at)`.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime, timedelta

from nuanqun.simulate.bank import Line, Thread
from nuanqun.simulate.model import SimulatedMember, SimulatedMessage
from nuanqun.simulate.scene import Scene, is_awake

SOCIAL: dict[str, dict[str, float]] = {
    "open:asker": {"asker": 12, "undecided": 0.6, "talker": 0.25, "organizer": 0.1, "thinker": 0.05, "challenger": 0.1},
    "open:creator": {"thinker": 1, "organizer": 0.35},
    "open:organizer": {"organizer": 1},
    "open:collector": {"thinker": 0.1, "talker": 0.1},
    "open:talker": {"talker": 5, "asker": 0.2, "undecided": 0.8, "organizer": 0.3},
    "open:challenger": {"challenger": 10},
    "open:joiner": {"asker": 3, "talker": 2, "undecided": 2, "organizer": 0.05},
    "open:member": {"organizer": 0.0},
    "open:any": {"organizer": 0.25, "asker": 1.5, "challenger": 0.1},
    "answer": {"thinker": 8, "organizer": 1, "challenger": 0.15, "talker": 0.2, "asker": 0.05, "undecided": 0.4},
    "chat": {"talker": 6, "asker": 0.08, "undecided": 1, "organizer": 0.8, "challenger": 0.1, "thinker": 0.15},
    "doubt": {"challenger": 25, "thinker": 0.3, "talker": 0.1},
    "ask": {"asker": 16, "talker": 0.5, "undecided": 0.6, "thinker": 0.05},
    "react": {"talker": 4, "asker": 0.12, "undecided": 1, "organizer": 1, "thinker": 0.4, "challenger": 0.2},
    "collect": {"talker": 0.2, "asker": 0.05},
}
"""How likely a social role makes a move; roles not named there count `_OTHERWISE`."""
PARTICIPATION: dict[str, dict[str, float]] = {
    "open:creator": {"creator": 10, "critic": 0.15, "joiner": 0.05},
    "open:collector": {"collector": 60},
    "open:any": {"creator": 1.6, "critic": 0.3},
    "answer": {"creator": 1.6, "critic": 1.3},
    "collect": {"collector": 60},
    "chat": {"collector": 0.3},
    "react": {"collector": 0.5},
}
_OTHERWISE = {
    "open:joiner": 1.0,
    "open:member": 1.0,
    "open:any": 1.0,
    "open:creator": 0.0,
    "open:organizer": 0.0,
    "open:challenger": 0.0,
    "doubt": 0.1,
    "answer": 0.1,
}
MOVES = {
    "answer": 3.2,
    "chat": 3.4,
    "doubt": 0.9,
    "ask": 1.2,
    "back": 1.3,
    "react": 1.1,
    "collect": 0.3,
    "sticker": 0.25,
}
"""Weights of the moves after the opener, where the thread has lines for them."""
SHARED_MOVES = ("react", "collect", "sticker")
"""Moves every conversation may have; their lines are the theme's pools."""


def converse(
    scene: Scene, thread: Thread, at: datetime, *, opener: SimulatedMember | None = None
) -> SimulatedMessage | None:
    """Play a thread from `at` on; returns its last message, or None when nobody is there to open it."""
    who = opener or pick(scene, f"open:{thread.by}", (), at)
    if who is None:
        return None
    scene.conversations += 1
    bound: dict[str, str] = {}
    line = scene.draw((id(thread), "open"), thread.moves["open"])
    planted = thread.moment if thread.moment in ("announcement", "offline_meeting") else None
    head = scene.say(who, line.turns[0], at, bound=bound, tag=line.tag, to_all=line.to_all, planted=planted)
    talk = Talk(scene, thread, line.key, bound, [head])
    talk.line_answers(line, head)
    for _ in range(_length(scene)):
        talk.step()
    return talk.said[-1]


def _length(scene: Scene) -> int:
    """A heavy-tailed number of moves; cooler days and emptier rooms bring fewer."""
    wish = scene.rng.lognormvariate(0, 0.75) * scene.fate.turns * (0.35 + 0.65 * scene.level)
    return min(int(wish), 5 * max(0, len(scene.present) - 1), 34)


class Talk:
    """A conversation under way: what was said so far and what fits next."""

    def __init__(
        self, scene: Scene, thread: Thread, key: str | None, bound: dict[str, str], said: list[SimulatedMessage]
    ) -> None:
        self.scene, self.bound, self.said = scene, bound, said
        self.deck = (id(thread), key)
        fitting = {m: [line for line in lines if line.key in (None, key)] for m, lines in thread.moves.items()}
        self.lines = {m: lines for m, lines in fitting.items() if lines}
        self.head = said[0]
        self.used: set[int] = set()
        self.moves: list[str] = []

    def step(self) -> None:
        """Make one move, if somebody present can make it."""
        move = self._choose()
        target = self._target(move)
        line = self._line(move)
        if line is None:
            return
        taken = (target.sender, self.said[-1].sender, self.head.sender)
        who = self.head.sender if move == "back" else self._pick(move, taken)
        if who is None:
            return
        self.moves.append(move)
        message = self._utter(who, line, 0, target, move)
        self.line_answers(line, message)

    def line_answers(self, line: Line, message: SimulatedMessage) -> None:
        """Play the answers that belong to a line: a second voice, then the first again."""
        asker = message.sender
        other = None
        for turn in range(1, len(line.turns)):
            if turn % 2:
                other = other or self._answerer(message)
            who = other if turn % 2 else asker
            if who is None:
                return
            message = self._utter(who, line, turn, message)

    def _answerer(self, message: SimulatedMessage) -> SimulatedMember | None:
        head = self.head.sender
        if head is not message.sender and self.scene.rng.random() < 0.75:
            return head
        return self._pick("answer", (message.sender,)) or self._pick("react", (message.sender,))

    def _pick(self, move: str, without: Container[SimulatedMember | None]) -> SimulatedMember | None:
        return pick(self.scene, move, without, self.said[-1].sent_at)

    def _choose(self) -> str:
        options = [m for m in MOVES if m in self.lines or m in SHARED_MOVES]
        if not self.moves or self.said[-1].sender is self.head.sender:
            options = [m for m in options if m != "back"] or options
        weights = [MOVES[m] * (2.0 if m == "answer" and not self.moves else 1.0) for m in options]
        return self.scene.rng.choices(options, weights)[0]

    def _target(self, move: str) -> SimulatedMessage:
        """Whom the move answers: the opener, the last one, or somebody a little further up."""
        roll = self.scene.rng.random()
        if move in ("answer", "collect"):
            return self.head if roll < 0.75 else self.said[-1]
        if move in ("doubt", "back", "ask") and len(self.said) > 1:
            return self.scene.rng.choice([m for m in self.said[-6:] if m is not self.head] or [self.head])
        if roll < 0.3:
            return self.head
        return self.said[-1] if roll < 0.8 else self.scene.rng.choice(self.said[-5:])

    def _line(self, move: str) -> Line | None:
        """A line for the move that this conversation has not seen yet."""
        if move not in self.lines:
            return self.scene.draw_pool(move)
        for _ in range(4):
            line = self.scene.draw((*self.deck, move), self.lines[move])
            if id(line) not in self.used:
                self.used.add(id(line))
                return line
        return None

    def _utter(
        self, who: SimulatedMember, line: Line, turn: int, target: SimulatedMessage, move: str = ""
    ) -> SimulatedMessage:
        at = self.said[-1].sent_at + timedelta(seconds=self._gap(who))
        before = len(self.scene.messages)
        tag = line.tag if turn == 0 else None
        last = self.scene.say(who, line.turns[turn], at, bound=self.bound, answers=target, tag=tag, move=move)
        first = self.scene.messages[before]
        if first.kind == "sticker":
            first.text = ""
        if target.sender is not who:
            self._address(first, target, near=target is self.said[-1])
        self.said.append(last)
        return last

    def _address(self, message: SimulatedMessage, target: SimulatedMessage, *, near: bool) -> None:
        """Quote or name whom one answers: often when it is further up, seldom when it is the line before."""
        roll = self.scene.rng.random()
        quote, mention = (0.04, 0.1) if near else (0.24, 0.5)
        if roll < quote:
            message.quotes = True
        elif roll < mention and message.kind == "text" and target.sender:
            message.mentions = [target.sender]

    def _gap(self, who: SimulatedMember) -> float:
        """Seconds to the next message: quick in flow, now and then after a pause."""
        rng = self.scene.rng
        if rng.random() < 0.06:
            return rng.uniform(240, 2400)
        return max(2.0, rng.lognormvariate(3.6, 0.95)) * (0.5 if who is self.said[-1].sender else 1.0)


def pick(scene: Scene, move: str, without: Container[SimulatedMember | None], at: datetime) -> SimulatedMember | None:
    """Somebody present for a move, by role, weight and presence; None when nobody fits."""
    social, part = SOCIAL.get(move, {}), PARTICIPATION.get(move, {})
    otherwise = _OTHERWISE.get(move, 0.4 if social else 1.0)
    people = [m for m in scene.present if m not in without and is_awake(m, at)]
    weights = [m.weight * social.get(m.social, otherwise) * part.get(m.participation, 1.0) for m in people]
    if move == "open:collector" and not any(m.participation == "collector" for m in people):
        return None
    if sum(weights) <= 0:
        return None
    return scene.rng.choices(people, weights)[0]
