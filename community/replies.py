"""Reply links: who answers whom, explicit or inferred, each with a confidence.

In: `Talk`. Out: `Links`, one parent row a message (-1 = starts a conversation), and the EDGES table between
members. What the export does not state is inferred by the networks of community/reply_model.py. Without them, and
always as `by_rule`, stands the 3-line rule (a named person's last message -> my own message of the last 3 minutes or
a message naming me of the last 10 -> a new conversation) with one weak guess: the previous speaker.
Example: `links = link_replies(talk, settings)`; `edges = edges_table(talk, links)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.kept import NOTHING, Kept
from community.masks import mask
from community.mentions import Mentions, find_mentions
from community.reasons import reason
from community.reply_model import Network, guess_parents, shipped_networks
from community.reply_structure import find_roots
from community.settings import CommunitySettings
from community.tables import EDGES, check_table
from community.talk import DAY_MS, MINUTE_MS, Talk

CROWD_MINUTES = 5
PACE, PACE_HOURS = 20, 12
"""The networks learnt from lively logs: they judge where the last 20 messages took half a day at most."""
NEW, REPLY, MENTION, NAMED_ME, CONTINUES, TURN, CONTEXT = range(7)
_VIA = np.array(["", "reply", "mention", "inferred", "inferred", "inferred", "inferred"], object)


@dataclass(frozen=True, slots=True)
class Links:
    """One entry a record: parent row or -1, how it was found, confidence 0..1, and the conversation's first row."""

    parent: np.ndarray
    how: np.ndarray
    confidence: np.ndarray
    root: np.ndarray
    mentions: Mentions

    def between(self, talk: Talk, floor: float) -> np.ndarray:
        """Rows that answer another member with at least this confidence."""
        other = (self.parent >= 0) & (self.confidence >= floor)
        other &= talk.sender[np.maximum(self.parent, 0)] != talk.sender
        return np.flatnonzero(other & (talk.sender[np.maximum(self.parent, 0)] >= 0))

    def until(self, rows: int) -> Links:
        """The links of the first `rows` records; an answer never comes before its question, so they stand alone."""
        named = self.mentions.row < rows
        mentions = Mentions(self.mentions.row[named], self.mentions.member[named], self.mentions.everyone[:rows])
        return Links(self.parent[:rows], self.how[:rows], self.confidence[:rows], self.root[:rows], mentions)


def link_replies(talk: Talk, settings: CommunitySettings, kept: Kept = NOTHING) -> Links:
    """Link every member's message to the one it answers; `kept` = guesses of an earlier analysis."""
    mentions, networks = find_mentions(talk), shipped_networks()
    # within a day-resolution export every gap would read 0 minutes: only names count there
    parent, how, confidence = by_rule(talk, mentions, settings)
    if networks is not None and talk.resolution != "day":
        known = _familiar(talk)
        if known.any():
            guess, rule = _by_networks(talk, mentions, networks, known, kept), (parent, how, confidence)
            parent, how, confidence = (np.where(known, g, r) for g, r in zip(guess, rule, strict=True))
    strong = np.where((how == CONTINUES) | (confidence >= settings.link_confidence), parent, -1)
    return Links(parent, how, confidence, find_roots(strong), mentions)


def by_rule(talk: Talk, mentions: Mentions, settings: CommunitySettings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parent row, how it was found and confidence of every record, by the 3-line rule."""
    n = len(talk.at)
    parent = np.full(n, -1, np.int64)
    how = np.zeros(n, np.int8)
    confidence = np.zeros(n, np.float32)
    guesses = [_explicit(talk), _named(talk, mentions)]
    if talk.resolution != "day":
        turn = _turn(talk, settings)
        guesses += [_own_or_named_me(talk, mentions, turn, settings), turn]
    for guess_parent, guess_how, guess_confidence in guesses:
        take = talk.said & (parent < 0) & (guess_parent >= 0)
        parent[take] = guess_parent[take]
        how[take] = guess_how[take] if isinstance(guess_how, np.ndarray) else guess_how
        confidence[take] = guess_confidence[take]
    return parent, how, confidence


def _by_networks(
    talk: Talk, mentions: Mentions, networks: dict[str, Network], asked: np.ndarray, kept: Kept
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the export states, and for the rest what the networks guess, with the plainest reason that holds."""
    stated, _, certain = _explicit(talk)
    quoting = talk.said & (stated < 0) & mask(pc.is_valid(talk.messages["quoted_text"]))
    guess = guess_parents(talk, mentions, stated, networks, asked=asked & (stated < 0), quoting=quoting, kept=kept)
    known = (stated >= 0) & talk.said
    parent = np.where(known, stated, guess.parent)
    earlier = np.maximum(parent, 0)
    named = _is_named(talk, mentions, np.arange(len(talk.at)), talk.sender[earlier])
    named_me = _is_named(talk, mentions, earlier, talk.sender)
    own = talk.sender[earlier] == talk.sender
    how = np.select([parent < 0, known, own, named, named_me], [NEW, REPLY, CONTINUES, MENTION, NAMED_ME], CONTEXT)
    confidence = np.where(known, certain, np.where(parent >= 0, guess.probability, 0)).astype(np.float32)
    return parent, how.astype(np.int8), confidence


def _familiar(talk: Talk) -> np.ndarray:
    """Where the networks judge: the pace is one that they know, or the export says that something is quoted."""
    said = np.flatnonzero(talk.said)
    found = mask(pc.is_valid(talk.messages["quoted_text"]))
    pace = talk.at[said[PACE:]] - talk.at[said[:-PACE]]
    found[said[PACE:]] |= pace <= PACE_HOURS * 60 * MINUTE_MS
    return found


def _is_named(talk: Talk, mentions: Mentions, row: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Does the message `row` name the member?"""
    return np.isin(row * talk.members + member, mentions.row * talk.members + mentions.member)


def edges_table(talk: Talk, links: Links) -> pa.Table:
    """EDGES: the links between two different members, weak ones included."""
    rows = links.between(talk, 0.0)
    parent = links.parent[rows]
    members = pa.array(talk.member_ids, pa.string())
    minutes = np.minimum((talk.at[rows] - talk.at[parent]) // MINUTE_MS, 60)
    words = [reason("edge.reply"), reason("edge.mention"), reason("edge.named_me")]
    words += [reason("edge.context", percent=p) for p in range(101)]
    words += [reason("edge.turn", minutes=m) for m in range(61)]
    how, percent = links.how[rows], np.round(100 * links.confidence[rows]).astype(np.int64)
    word = np.select(
        [how == REPLY, how == MENTION, how == NAMED_ME, how == CONTEXT], [0, 1, 2, 3 + percent], 104 + minutes
    )
    table = pa.table(
        {
            "chat_id": pa.array(np.full(len(rows), talk.chat_id, object), pa.string()),
            "message_id": talk.ids.take(pa.array(rows)),
            "reply_to": talk.ids.take(pa.array(parent)),
            "from_id": members.take(pa.array(talk.sender[rows])),
            "to_id": members.take(pa.array(talk.sender[parent])),
            "sent_at": talk.messages["sent_at"].combine_chunks().take(pa.array(rows)),
            "via": pa.array(_VIA[how], pa.string()),
            "confidence": pa.array(links.confidence[rows], pa.float32()),
            "why": pa.array(words, pa.string()).take(pa.array(word)),
        },
        schema=EDGES,
    )
    return check_table(table, EDGES)


Guess = tuple[np.ndarray, np.ndarray | int, np.ndarray]


def stated_parents(talk: Talk) -> np.ndarray:
    """The row that each record answers by the export's own word, -1 = not stated."""
    return _explicit(talk)[0]


def _explicit(talk: Talk) -> Guess:
    column = talk.messages["reply_to"].combine_chunks()
    parent = np.full(len(talk.at), -1, np.int64)
    rows = np.flatnonzero(pc.is_valid(column).to_numpy(zero_copy_only=False))
    if len(rows):
        found = pc.index_in(column.take(pa.array(rows)), talk.ids)
        parent[rows] = pc.fill_null(found, -1).to_numpy()
    parent[parent >= np.arange(len(parent))] = -1  # an answer never comes before the question
    return parent, REPLY, np.ones(len(parent), np.float32)


def _named(talk: Talk, mentions: Mentions) -> Guess:
    """The last message of the person named most recently; surer the fresher it is."""
    n = len(talk.at)
    parent = np.full(n, -1, np.int64)
    before = _last_before(talk.sender, talk.said, mentions.member, mentions.row)
    found = before >= 0
    np.maximum.at(parent, mentions.row[found], before[found])
    age = talk.at - talk.at[np.maximum(parent, 0)]
    confidence = np.select([age <= 10 * MINUTE_MS, age <= DAY_MS], [0.8, 0.5], 0.3).astype(np.float32)
    return parent, MENTION, confidence


def _own_or_named_me(talk: Talk, mentions: Mentions, turn: Guess, settings: CommunitySettings) -> Guess:
    """My own message of the last minutes, or a message that names me; the later one.

    When somebody spoke after my own message and few people talk, I answer them rather than go on: among 45,000 such
    messages of Ubuntu IRC the previous speaker is the better guess once `turn` reaches 0.3.
    """
    rows = np.arange(len(talk.at))
    own = _last_before(talk.sender, talk.said, talk.sender, rows)
    own = _recent(talk, own, settings.continuation_minutes)
    own[(turn[0] > own) & (turn[2] >= settings.link_confidence)] = -1
    me = np.full(len(rows), -1, np.int64)
    if len(mentions.row):
        key = mentions.member * len(rows) + mentions.row
        order = np.argsort(key)
        place = np.searchsorted(key[order], talk.sender.astype(np.int64) * len(rows) + rows) - 1
        hit = order[np.maximum(place, 0)]
        me = np.where((place >= 0) & (mentions.member[hit] == talk.sender), mentions.row[hit], -1)
        me = _recent(talk, me, settings.answer_minutes)
    how = np.where(me > own, NAMED_ME, CONTINUES).astype(np.int8)
    return np.maximum(own, me), how, np.full(len(rows), 0.6, np.float32)


def _turn(talk: Talk, settings: CommunitySettings) -> Guess:
    """The previous message by another member: surer when it is fresh and few people talk at once."""
    n = len(talk.at)
    parent = np.full(n, -1, np.int64)
    confidence = np.zeros(n, np.float32)
    rows = np.flatnonzero(talk.said)
    if len(rows) < 2:
        return parent, TURN, confidence
    who = talk.sender[rows]
    turns = np.flatnonzero(np.diff(who, prepend=-2))  # where another member begins to speak
    turn = np.searchsorted(turns, np.arange(len(rows)), "right") - 1
    previous = np.where(turn > 0, rows[np.maximum(turns[turn] - 1, 0)], -1)
    parent[rows] = _recent(talk, previous, settings.turn_minutes, rows)
    recent = np.searchsorted(talk.at[rows[turns]], talk.at[rows] - CROWD_MINUTES * MINUTE_MS)
    crowd = np.maximum(turn - recent, 1)  # turns taken in the last minutes: a bound on how many talk at once
    age = (talk.at[rows] - talk.at[np.maximum(parent[rows], 0)]) / MINUTE_MS
    confidence[rows] = np.where(parent[rows] >= 0, 0.6 / (1 + age / 15) / (1 + 0.15 * (crowd - 1)), 0)
    return parent, TURN, confidence


def _last_before(sender: np.ndarray, said: np.ndarray, member: np.ndarray, row: np.ndarray) -> np.ndarray:
    """For each (member, row): that member's last message before the row, -1 = none."""
    n = len(sender)
    rows = np.flatnonzero(said)
    if not len(rows):
        return np.full(len(row), -1, np.int64)
    key = np.sort(sender[rows].astype(np.int64) * n + rows)
    place = np.searchsorted(key, member.astype(np.int64) * n + row) - 1
    hit = key[np.maximum(place, 0)]
    return np.where((place >= 0) & (hit // n == member), hit % n, -1)


def _recent(talk: Talk, parent: np.ndarray, minutes: float, rows: np.ndarray | None = None) -> np.ndarray:
    at = talk.at if rows is None else talk.at[rows]
    fresh = at - talk.at[np.maximum(parent, 0)] <= minutes * MINUTE_MS
    return np.where((parent >= 0) & fresh, parent, -1)
