"""What members do, as numbers: the ground on which roles are assigned.

In: `Talk`, `Links`, `Acts`, `Influence`. Out: `Habits`, one entry a member over the last 84 days.
Example: `habits = measure_habits(talk, links, acts, influence, settings)`; `habits.share("asking")[member]`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.acts import Acts
from community.distinct import distinct
from community.influence import Influence, score_influence
from community.masks import among
from community.replies import Links
from community.settings import CommunitySettings
from community.talk import DAY_MS, MINUTE_MS, Talk

TURN_MINUTES = 3
PAST_WINDOWS = 3
STEP_DAYS = 28


@dataclass(frozen=True, slots=True)
class Habits:
    """One entry a member; counts over 84 days. A turn is what one says without pause (3 minutes) or interruption."""

    messages: np.ndarray
    turns: np.ndarray
    starts: np.ndarray  # openings that are no question and drew two others
    originals: np.ndarray  # long texts and media that answer nobody
    answering: np.ndarray  # turns that answer another member
    judging: np.ndarray  # of these, turns with an opinion, a reason or an objection
    targets: np.ndarray  # distinct members answered
    keeping: np.ndarray  # turns with forwards, links, files, 收藏
    weeks: np.ndarray  # active weeks of the last four
    substance: np.ndarray  # messages with content in the last 28 days
    silent_days: np.ndarray  # since the last message, inf = never spoke
    asking: np.ndarray  # turns with a question
    helped: np.ndarray  # answers to somebody's question
    askers: np.ndarray  # distinct members helped
    explaining: np.ndarray  # turns that give a reason or advice
    given: np.ndarray
    received: np.ndarray
    length: np.ndarray  # mean characters
    short: np.ndarray  # messages of six characters or less
    dialogue: np.ndarray  # turns right after one answer to the own turn before
    reciprocity: np.ndarray  # partners with answers both ways / partners
    organising: np.ndarray  # turns with calls, rules, schedules, @all, welcomes
    welcomes: np.ndarray
    objecting: np.ndarray  # turns that disagree or ask for proof
    staff: np.ndarray  # owner or admin

    def share(self, name: str) -> np.ndarray:
        """A count as share of the turns (`short`: of the messages), 0..1."""
        whole = self.messages if name == "short" else self.turns
        return getattr(self, name) / np.maximum(whole, 1)


def measure_habits(talk: Talk, links: Links, acts: Acts, influence: Influence, settings: CommunitySettings) -> Habits:
    """Count what each member did in the window that ends with the export."""
    window = talk.since(settings.influence_window)
    rows = np.flatnonzero(talk.clean[window]) + window.start
    turns = _Turns(talk, rows)
    who = talk.sender[rows]

    def count(kind: np.ndarray) -> np.ndarray:
        return np.bincount(who[kind[rows]], minlength=talk.members)

    messages = np.bincount(who, minlength=talk.members)
    return Habits(
        messages=messages,
        turns=turns.count(acts["says"]),
        starts=_starts(talk, links, rows),
        originals=count(acts["originals"]),
        answering=turns.count(acts["answers"]),
        judging=turns.count(acts["judges"]),
        keeping=turns.count(acts["keeps"]),
        weeks=_weeks(talk),
        substance=np.bincount(talk.sender[_recent_content(talk)], minlength=talk.members),
        silent_days=_silence(talk),
        asking=turns.count(acts["asks"]),
        explaining=turns.count(acts["explains"]),
        given=influence.given,
        received=influence.received,
        length=np.bincount(who, talk.length[rows], minlength=talk.members) / np.maximum(messages, 1),
        short=count(acts["short"]),
        dialogue=turns.dialogue(),
        reciprocity=influence.returned / np.maximum(influence.partners, 1),
        organising=turns.count(acts["organises"]),
        welcomes=count(acts["greets"]),
        objecting=turns.count(acts["objects"]),
        staff=_staff(talk),
        **_answering(talk, links, window.start, settings.link_confidence),
    )


def past_habits(talk: Talk, links: Links, acts: Acts, settings: CommunitySettings) -> list[Habits]:
    """The same for the windows that ended 28, 56 and 84 days ago, newest first; none from before the chat."""
    past = []
    for back in range(1, PAST_WINDOWS + 1):
        end = talk.now - back * STEP_DAYS * DAY_MS
        then = talk.until(end)
        if end - int(talk.at[0]) < STEP_DAYS * DAY_MS or not then.clean.any():
            break
        rows = len(then.at)
        linked, did = links.until(rows), {act: found[:rows] for act, found in acts.items()}
        past.append(measure_habits(then, linked, did, score_influence(then, linked, settings), settings))
    return past


class _Turns:
    """The clean rows of a window cut into turns."""

    def __init__(self, talk: Talk, rows: np.ndarray) -> None:
        who = talk.sender[rows]
        pause = np.diff(talk.at[rows], prepend=talk.at[rows[:1]]) > TURN_MINUTES * MINUTE_MS
        first = (np.diff(who, prepend=-2) != 0) | pause
        self.rows, self.members = rows, talk.members
        self.turn = np.cumsum(first) - 1
        self.speaker = who[first]

    def count(self, act: np.ndarray) -> np.ndarray:
        """Turns that hold a row of the act, a member."""
        held = np.zeros(len(self.speaker), bool)
        held[self.turn[act[self.rows]]] = True
        return np.bincount(self.speaker[held], minlength=self.members)

    def dialogue(self) -> np.ndarray:
        """Turns whose speaker also had the turn before last, a member."""
        back = self.speaker[2:][(self.speaker[2:] == self.speaker[:-2]) & (self.speaker[2:] != self.speaker[1:-1])]
        return np.bincount(back, minlength=self.members)


def _starts(talk: Talk, links: Links, rows: np.ndarray) -> np.ndarray:
    """Conversations that began without a question and drew two others, a member."""
    root = links.root[rows]
    pair = distinct(root * talk.members + talk.sender[rows])
    head, voices = np.unique(pair // talk.members, return_counts=True)
    head = head[(voices >= 3) & np.isin(head, rows)]
    return np.bincount(talk.sender[head[~talk.question[head]]], minlength=talk.members)


def _answering(talk: Talk, links: Links, start: int, floor: float) -> dict[str, np.ndarray]:
    answers = links.between(talk, floor)
    answers = answers[(answers >= start) & talk.clean[answers]]
    to_question = answers[talk.question[links.parent[answers]]]
    return {
        "targets": _distinct(talk, answers, links),
        "helped": np.bincount(talk.sender[to_question], minlength=talk.members),
        "askers": _distinct(talk, to_question, links),
    }


def _distinct(talk: Talk, answers: np.ndarray, links: Links) -> np.ndarray:
    pair = talk.sender[answers].astype(np.int64) * talk.members + talk.sender[links.parent[answers]]
    return np.bincount(distinct(pair) // talk.members, minlength=talk.members)


def _recent_content(talk: Talk) -> np.ndarray:
    """Rows of the last 28 days that say something."""
    return np.flatnonzero(talk.clean & ~talk.trivial & (talk.at >= talk.now - 28 * DAY_MS))


def _weeks(talk: Talk) -> np.ndarray:
    rows = _recent_content(talk)
    week = (talk.now - 1 - talk.at[rows]) // (7 * DAY_MS)
    pair = distinct(talk.sender[rows].astype(np.int64) * 4 + np.minimum(week, 3))
    return np.bincount(pair // 4, minlength=talk.members)


def _silence(talk: Talk) -> np.ndarray:
    last = np.full(talk.members, -np.inf)
    rows = np.flatnonzero(talk.said)
    last[talk.sender[rows]] = talk.at[rows]
    return (talk.now - last) / DAY_MS


def _staff(talk: Talk) -> np.ndarray:
    found = np.zeros(talk.members, bool)
    found[talk.sender[among(talk.messages["sender_role"], "owner", "admin") & (talk.sender >= 0)]] = True
    return found
