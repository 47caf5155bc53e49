"""SUSPECTS: messages that behaviour makes an advertisement, or more of one, and how much it adds to their text.

In: `Talk`, ANNOTATIONS, `Roster`, and in how many other chats a message stands as well. Out: the table, one row a
message. Score = 1 / (1 + e^-(log-odds of the text + POINTS of what its sender does)), so that text and behaviour can be
told apart. Owners and admins are never suspects, nor is what a rule exempts; quoted words are nobody's own.
Example: `find_suspects(talk, annotations, roster).to_pylist()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from community.masks import among
from community.reasons import reason
from community.roster import Roster
from community.tables import SUSPECTS, check_table
from community.talk import DAY_MS, MINUTE_MS, Talk

POINTS = {
    "first": 1.0,  # the first message of somebody who came while the chat was already there
    "just_came": 0.5,  # within ten minutes of joining
    "repeat": 1.0,  # said before by the same sender within a day, other contact or disguise allowed
    "copies": 1.0,  # said by several senders: 1 point for two, 2 for three and more
    "days": 0.7,  # said on three days and more
    "elsewhere": 1.2,  # said in other chats of the workspace
    "burst": 0.8,  # three such messages of one sender within ten minutes
    "name": 1.5,  # the nickname or group card itself advertises
    "beside": 4.0,  # a picture or card within five minutes of the same sender's advertisement: a QR code, mostly
}
"""Log-odds that each behaviour adds, set by hand; docs/metrics.md says what they gave on invented chats."""
FLOOR = 0.03
"""Probability by text from which behaviour is looked at: plain talk repeats itself, too (greetings, 收到)."""
PRIOR = {"card": 0.15, "image": 0.02}
"""What counts as probability by text for kinds without own words."""
SETTLED_DAYS = 28
"""Who is there in the first four weeks of the record is no newcomer, unless a join line says so."""
NAME_POINTS = 2.0
"""Points of nlp.heads.ads from which a name advertises: a contact and a word about it."""
ASKS = 1.0
"""Points of nlp.heads.ads from which a message wants something: only then do copies of it mean a campaign."""
REGULAR = 20
"""Messages without an ad after which a member is a regular, whose habits (the same greeting every day) mean nothing."""


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Rows of talk that are looked at, by row: probability by text, campaign, and whether it may be part of one."""

    row: np.ndarray
    text: np.ndarray
    campaign: np.ndarray
    spreads: np.ndarray  # wants something, and its sender is no regular: copies of it, and of no other, are a campaign


def find_suspects(
    talk: Talk, annotations: pa.Table, roster: Roster, elsewhere: Mapping[str, int] | None = None
) -> pa.Table:
    """SUSPECTS of one chat: every ad by text to which behaviour adds, and what becomes one by it.

    `elsewhere`: message id -> other chats of the workspace in which nearly the same was said.
    """
    found = _candidates(talk, annotations)
    if not len(found.row):
        return SUSPECTS.empty_table()
    facts = _behaviour(talk, roster, found, elsewhere or {})
    added = sum(POINTS[name] * value for name, value in _amounts(facts).items())
    odds = np.log(found.text / (1 - found.text)) + added
    score, behaviour = 1 / (1 + np.exp(-odds)), np.asarray(added, float)
    kept = np.flatnonzero((behaviour > 0) & (score >= 0.5))
    rows = found.row[kept]
    table = {
        "chat_id": [talk.chat_id] * len(kept),
        "message_id": [talk.ids[int(row)].as_py() for row in rows],
        "sent_at": talk.at[rows],
        "text": found.text[kept],
        "behaviour": behaviour[kept],
        "score": score[kept],
        "by_text": found.text[kept] >= 0.5,
        "why": [_why(facts, i) for i in kept.tolist()],
    }
    columns = [pa.array(table[field.name], field.type) for field in SUSPECTS]
    return check_table(pa.table(columns, schema=SUSPECTS), SUSPECTS)


def text_probability(annotations: pa.Table) -> np.ndarray:
    """The probability of an advertisement by its text, nan where there is none."""
    if "ads_label" not in annotations.schema.names or "ads_score" not in annotations.schema.names:
        return np.full(annotations.num_rows, np.nan)
    score = annotations["ads_score"].to_numpy().astype(float)
    return np.where(among(annotations["ads_label"], "ad"), score, 1 - score)


def _candidates(talk: Talk, annotations: pa.Table) -> _Candidates:
    from nlp.campaigns import group

    probability = text_probability(annotations)
    for kind, prior in PRIOR.items():
        probability[talk.kind(kind) & np.isnan(probability)] = prior
    staff = among(talk.messages["sender_role"], "owner", "admin")
    media = talk.kind(*PRIOR)
    kept = talk.said & ~talk.bot & ~staff & (media | ~talk.trivial & ~talk.flood & (probability >= FLOOR))
    kept &= ~np.isnan(probability) & (probability > 0)
    rows = np.flatnonzero(kept)
    plain = np.bincount(talk.sender[talk.said & ~talk.ad], minlength=talk.members)
    spreads = (plain[talk.sender[rows]] < REGULAR) & ~media[rows]
    spreads[spreads] = _points(_texts(talk, rows[spreads])) >= ASKS
    campaign = np.arange(len(rows)) + len(rows)  # what is no campaign is one of its own
    campaign[spreads] = group(_texts(talk, rows[spreads]))
    return _Candidates(rows, np.clip(probability[rows], 1e-6, 1 - 1e-6), campaign, spreads)


def _texts(talk: Talk, rows: np.ndarray) -> list[str]:
    return [text or "" for text in talk.texts.take(pa.array(rows)).to_pylist()]


def _behaviour(talk: Talk, roster: Roster, found: _Candidates, elsewhere: Mapping[str, int]) -> dict[str, np.ndarray]:
    """What is counted of every candidate, by the name of its points."""
    rows, sender, at = found.row, talk.sender[found.row], talk.at[found.row]
    came, first = _arrival(talk, roster)
    new = (came[sender] > talk.at[0] + SETTLED_DAYS * DAY_MS) | _joined(talk, roster)[sender]
    is_first = (rows == first[sender]) & new
    pairs = np.unique(np.column_stack([found.campaign, sender]), axis=0)
    senders = np.bincount(pairs[:, 0], minlength=2 * len(rows))[found.campaign]
    days = np.unique(np.column_stack([found.campaign, talk.day[rows]]), axis=0)
    beside = talk.kind(*PRIOR)[rows] & _near_own_ad(sender, at, found.text >= 0.5)
    return {
        "first": is_first.astype(float),
        "just_came": (is_first & (at - came[sender] <= 10 * MINUTE_MS) & _joined(talk, roster)[sender]).astype(float),
        "repeat": _repeats(sender, at, found),
        "copies": senders - 1.0,
        "days": np.bincount(days[:, 0], minlength=2 * len(rows))[found.campaign].astype(float),
        "elsewhere": _held_elsewhere(talk, found, elsewhere),
        "burst": found.spreads * _bursts(sender, at, found.spreads),
        "name": _advertising_names(talk, rows).astype(float),
        "beside": beside.astype(float),
    }


def _amounts(facts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """How often the points of each behaviour are given."""
    often = {"copies": np.minimum(facts["copies"], 2), "days": facts["days"] >= 3, "burst": facts["burst"] >= 3}
    return {name: np.asarray(often.get(name, facts[name] > 0), float) for name in POINTS}


def _why(facts: Mapping[str, np.ndarray], i: int) -> list[str]:
    """The reasons of candidate i, the heaviest first; each says its points."""
    amounts = {name: POINTS[name] * float(amount[i]) for name, amount in _amounts(facts).items()}
    told = sorted((name for name, points in amounts.items() if points > 0), key=lambda name: -amounts[name])
    return [reason(f"suspect.{name}", points=round(amounts[name], 1), count=int(facts[name][i])) for name in told]


def _arrival(talk: Talk, roster: Roster) -> tuple[np.ndarray, np.ndarray]:
    """When each member was first seen (ms), and the row of their first message, -1 = none."""
    came = np.full(talk.members, np.iinfo(np.int64).max)
    own = np.flatnonzero(talk.said)[::-1]
    first = np.full(talk.members, -1, np.int64)
    first[talk.sender[own]] = own
    spoke = first >= 0
    came[spoke] = talk.at[first[spoke]]
    np.minimum.at(came, roster.join_member, talk.at[roster.join_row])
    return came, first


def _joined(talk: Talk, roster: Roster) -> np.ndarray:
    """Members of whom a line says that they joined."""
    found = np.zeros(talk.members, bool)
    found[roster.join_member] = True
    return found


def _repeats(sender: np.ndarray, at: np.ndarray, candidates: _Candidates) -> np.ndarray:
    """How often the same sender had said the same within the day before."""
    found, last = np.zeros(len(at)), {}
    for i in np.flatnonzero(candidates.spreads).tolist():
        key = int(sender[i]), int(candidates.campaign[i])
        before = [t for t in last.get(key, ()) if at[i] - t <= DAY_MS]
        found[i] = len(before)
        last[key] = [*before, at[i]]
    return found


def _held_elsewhere(talk: Talk, candidates: _Candidates, elsewhere: Mapping[str, int]) -> np.ndarray:
    """In how many other chats each candidate that spreads stands as well."""
    found = np.zeros(len(candidates.row))
    ids = talk.ids.take(pa.array(candidates.row[candidates.spreads])).to_pylist()
    found[candidates.spreads] = [elsewhere.get(message_id, 0) for message_id in ids]
    return found


def _bursts(sender: np.ndarray, at: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Counted candidates of the same sender within five minutes of each, itself included."""
    line = _time_line(sender, at)
    return _around(line, np.sort(line[counted])).astype(float)


def _near_own_ad(sender: np.ndarray, at: np.ndarray, ad: np.ndarray) -> np.ndarray:
    """Whether an advertisement of the same sender stands within five minutes."""
    line = _time_line(sender, at)
    return (_around(line, np.sort(line[ad])) > 0) & ~ad


def _time_line(sender: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Moments laid out sender after sender, far apart."""
    since = at - at.min()
    return since + sender.astype(np.int64) * (int(since.max()) + 30 * MINUTE_MS)


def _around(line: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How many of the sorted `others` lie within five minutes of each place of the line."""
    return np.searchsorted(others, line + 5 * MINUTE_MS, "right") - np.searchsorted(others, line - 5 * MINUTE_MS)


def _advertising_names(talk: Talk, rows: np.ndarray) -> np.ndarray:
    """Whether the nickname or group card under which each row was sent advertises."""
    found = np.zeros(len(rows), bool)
    for column in ("sender_name", "sender_card"):
        coded = talk.messages[column].combine_chunks().take(pa.array(rows)).fill_null("").dictionary_encode()
        names = [name or "" for name in coded.dictionary.to_pylist()]
        found |= (_points(names) >= NAME_POINTS)[coded.indices.to_numpy()]
    return found


def _points(texts: list[str]) -> np.ndarray:
    """The readable points of an advertisement of each text."""
    from nlp.cues import find_cues
    from nlp.heads.ads import points
    from nlp.normalize import normalize_texts

    return points(find_cues(normalize_texts([text[:1_000] for text in texts]))) if texts else np.zeros(0)
