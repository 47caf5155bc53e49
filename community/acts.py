"""Acts: what a message does, as one mask an act; roles count them and show them as evidence.

In: `Talk`, `Links`, `Roster`. Out: `Acts`. Example: `acts = read_acts(talk, links, roster, settings)`; `acts["asks"]`.
"""

from __future__ import annotations

import numpy as np

from community.masks import among
from community.replies import Links
from community.roster import Roster
from community.settings import CommunitySettings
from community.talk import MINUTE_MS, Talk

LONG_TEXT = 60  # characters
SHORT_TEXT = 6
GREETING_MINUTES = 10

Acts = dict[str, np.ndarray]
"""Act -> one bool a record."""


def read_acts(talk: Talk, links: Links, roster: Roster, settings: CommunitySettings) -> Acts:
    """All acts of a chat; a record may be several."""
    opens = links.parent < 0
    media = talk.kind("image", "video", "voice", "file") & opens
    answers = np.zeros(len(talk.at), bool)
    answers[links.between(talk, settings.link_confidence)] = True
    helps = answers & talk.question[np.maximum(links.parent, 0)]
    explains, objects = talk.says("explain"), talk.says("disagree")
    greets = _greets(talk, roster)
    return {
        "says": talk.said,
        "opens": opens & talk.said,
        "originals": ((talk.length >= LONG_TEXT) & (opens | (links.confidence < 0.5))) | media,
        "answers": answers,
        "helps": helps,
        "judges": answers & (explains | objects | talk.says("opinion")) & ~talk.question,
        "keeps": talk.kind("forward", "link", "file", "card", "mini_program") | talk.says("collect"),
        "asks": talk.question,
        "explains": explains & ~talk.question,
        "short": talk.length <= SHORT_TEXT,
        "organises": talk.says("organise") | links.mentions.everyone | _announces(talk) | greets,
        "greets": greets,
        "objects": objects & ~opens,
    }


def _greets(talk: Talk, roster: Roster) -> np.ndarray:
    """Welcoming words within ten minutes after somebody joined."""
    if not len(roster.join_row):
        return np.zeros(len(talk.at), bool)
    joined = np.sort(talk.at[roster.join_row])
    place = np.searchsorted(joined, talk.at, "right") - 1
    near = (place >= 0) & (talk.at - joined[np.maximum(place, 0)] <= GREETING_MINUTES * MINUTE_MS)
    return near & talk.says("welcome") if near.any() else near


def _announces(talk: Talk) -> np.ndarray:
    return among(talk.messages["event"], "announce") & (talk.sender >= 0)


SHOWN_BY = {
    "creator": "originals",
    "critic": "judges",
    "collector": "keeps",
    "joiner": "says",
    "organizer": "organises",
    "thinker": "helps",
    "talker": "says",
    "asker": "asks",
    "challenger": "objects",
}
"""The act that shows a role; presence roles such as spectator have nothing to show."""


def show_roles(talk: Talk, acts: Acts, roles: list[str], days: int, most: int = 3) -> list[list[str]]:
    """Per member the ids of the newest messages of the last `days` days that show the role, newest first."""
    window = talk.since(days)
    rows = np.flatnonzero(talk.clean[window] & ~talk.trivial[window])[::-1] + window.start
    act = np.array([list(SHOWN_BY.values()).index(SHOWN_BY[r]) if r in SHOWN_BY else -1 for r in roles], int)
    masks = np.vstack([acts[name][rows] for name in SHOWN_BY.values()])
    place = act[talk.sender[rows]] if len(rows) else np.zeros(0, int)
    rows = rows[(place >= 0) & masks[np.maximum(place, 0), np.arange(len(rows))]]
    order = np.argsort(talk.sender[rows], kind="stable")
    rows = rows[order]
    who = talk.sender[rows]
    nth = np.arange(len(rows)) - np.searchsorted(who, who, "left")
    rows, who = rows[nth < most], who[nth < most]
    found: list[list[str]] = [[] for _ in roles]
    for member, message_id in zip(who.tolist(), talk.ids.take(rows).to_pylist(), strict=True):
        found[member].append(message_id)
    return found
