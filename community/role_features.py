"""What members do, as numbers: the ground on which roles are assigned.

In: `Talk`, `Links`, `Roster`, `Influence`. Out: `Habits`, one entry a member over the last 84 days.
Example: `habits = measure_habits(talk, links, roster, influence, settings)`; `habits.question_share[member]`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.influence import Influence
from community.lexicon import phrases
from community.masks import among
from community.replies import Links
from community.roster import Roster
from community.settings import CommunitySettings
from community.talk import DAY_MS, MINUTE_MS, Talk

LONG_TEXT = 60  # characters
GREETING_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Habits:
    """One entry a member; counts over 84 days, shares 0..1 of the member's own messages."""

    messages: np.ndarray
    starts: np.ndarray  # openings that drew two others
    start_share: np.ndarray
    originals: np.ndarray  # long texts and media that answer nobody
    reply_share: np.ndarray  # summed confidence of answers / messages
    targets: np.ndarray  # distinct members answered
    kept_share: np.ndarray  # forwards, links, files, 收藏
    weeks: np.ndarray  # active weeks of the last four
    substance: np.ndarray  # messages with content in the last 28 days
    silent_days: np.ndarray  # since the last message, inf = never spoke
    question_share: np.ndarray
    questions: np.ndarray
    helped: np.ndarray  # answers to somebody's question
    askers: np.ndarray  # distinct members helped
    given: np.ndarray
    received: np.ndarray
    length: np.ndarray  # mean characters
    short_share: np.ndarray  # six characters or less
    reciprocity: np.ndarray  # partners with answers both ways / partners
    organising: np.ndarray  # calls, rules, schedules, @all, welcomes
    welcomes: np.ndarray
    objections: np.ndarray
    staff: np.ndarray  # owner or admin


def measure_habits(
    talk: Talk, links: Links, roster: Roster, influence: Influence, settings: CommunitySettings
) -> Habits:
    """Count what each member did in the window that ends with the export."""
    window = talk.since(settings.influence_window)
    rows = np.flatnonzero(talk.clean[window]) + window.start
    who = talk.sender[rows]

    def count(kind: np.ndarray) -> np.ndarray:
        return np.bincount(who[kind[rows]], minlength=talk.members)

    n = np.maximum(np.bincount(who, minlength=talk.members), 1)
    opens = links.parent < 0
    media = talk.kind("image", "video", "voice", "file") & opens
    original = ((talk.length >= LONG_TEXT) & (opens | (links.confidence < 0.5))) | media
    kept = talk.kind("forward", "link", "file", "card", "mini_program") | talk.matches(phrases("collect"))
    greets = _welcomes(talk, roster)
    organises = talk.matches(phrases("organise")) | links.mentions.everyone | _announced(talk) | greets
    return Habits(
        messages=np.bincount(who, minlength=talk.members),
        starts=influence.starts,
        start_share=count(opens) / n,
        originals=count(original),
        kept_share=count(kept) / n,
        weeks=_weeks(talk),
        substance=np.bincount(talk.sender[_recent_content(talk)], minlength=talk.members),
        silent_days=_silence(talk),
        question_share=count(talk.question) / n,
        questions=count(talk.question),
        given=influence.given,
        received=influence.received,
        length=np.bincount(who, talk.length[rows], minlength=talk.members) / n,
        short_share=count(talk.length <= 6) / n,
        reciprocity=influence.returned / np.maximum(influence.partners, 1),
        organising=count(organises),
        welcomes=count(greets),
        objections=count(talk.matches(phrases("disagree"))),
        staff=_staff(talk),
        **_answering(talk, links, window.start, n, settings.link_confidence),
    )


def _answering(talk: Talk, links: Links, start: int, n: np.ndarray, floor: float) -> dict[str, np.ndarray]:
    answers = links.between(talk, floor)
    answers = answers[(answers >= start) & talk.clean[answers]]
    to_question = answers[talk.question[links.parent[answers]]]
    return {
        "reply_share": np.bincount(talk.sender[answers], links.confidence[answers], minlength=talk.members) / n,
        "targets": _distinct(talk, answers, links),
        "helped": np.bincount(talk.sender[to_question], minlength=talk.members),
        "askers": _distinct(talk, to_question, links),
    }


def _distinct(talk: Talk, answers: np.ndarray, links: Links) -> np.ndarray:
    pair = talk.sender[answers].astype(np.int64) * talk.members + talk.sender[links.parent[answers]]
    return np.bincount(np.unique(pair) // talk.members, minlength=talk.members)


def _recent_content(talk: Talk) -> np.ndarray:
    """Rows of the last 28 days that say something."""
    return np.flatnonzero(talk.clean & ~talk.trivial & (talk.at >= talk.now - 28 * DAY_MS))


def _weeks(talk: Talk) -> np.ndarray:
    rows = _recent_content(talk)
    week = (talk.now - 1 - talk.at[rows]) // (7 * DAY_MS)
    pair = np.unique(talk.sender[rows].astype(np.int64) * 4 + np.minimum(week, 3))
    return np.bincount(pair // 4, minlength=talk.members)


def _silence(talk: Talk) -> np.ndarray:
    last = np.full(talk.members, -np.inf)
    rows = np.flatnonzero(talk.said)
    last[talk.sender[rows]] = talk.at[rows]
    return (talk.now - last) / DAY_MS


def _welcomes(talk: Talk, roster: Roster) -> np.ndarray:
    """Welcoming words within ten minutes after somebody joined."""
    if not len(roster.join_row):
        return np.zeros(len(talk.at), bool)
    joined = np.sort(talk.at[roster.join_row])
    place = np.searchsorted(joined, talk.at, "right") - 1
    near = (place >= 0) & (talk.at - joined[np.maximum(place, 0)] <= GREETING_MINUTES * MINUTE_MS)
    return near & talk.matches(phrases("welcome")) if near.any() else near


def _announced(talk: Talk) -> np.ndarray:
    return among(talk.messages["event"], "announce") & (talk.sender >= 0)


def _staff(talk: Talk) -> np.ndarray:
    found = np.zeros(talk.members, bool)
    found[talk.sender[among(talk.messages["sender_role"], "owner", "admin") & (talk.sender >= 0)]] = True
    return found
