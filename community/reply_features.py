"""What speaks for and against a link: numbers about a message, about a candidate, and about the pair.

In: `Talk`, `Scene`. Out: `Facts` (one row a message: as the one who speaks, as the one who may be answered) and
`pair_features` (one row a message and candidate). Sources: features of Kummerfeld et al. 2019 and docs/metrics.md.
Example: `facts = read_facts(talk, scene)`; `pair_features(scene, facts, 0, 500)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from community.lexicon import read_phrases
from community.masks import mask
from community.reply_candidates import OLDER, QUOTED_LAGS, Scene, candidates, last_before
from community.reply_words import Words, read_words
from community.talk import Talk

_MARKS = (
    r"[?？]", r"[?？]\s*$", r"https?://|www\.", r"[.…。]{2,}\s*$", r"[!！]", r"^\W*$", r"\d", r"[/\\$`=]|--",
    r"^[^a-zA-Z\p{Han}]*[a-z]", r"(?i)\b(you|your|u)\b|你|您", r"(?i)\b(i|i'm|my|me)\b|我",
    r"(?i)\b(it|that|this|those|these|they)\b|这|那|它|這",
)  # fmt: skip
CROWD = 60  # messages
_ADDRESS = r"^([^\s:：,，]{1,24}[:：,，]\s*|@\S+\s*)"
_BEGINS = r"(?i)^\W{0,3}("
OPENERS = ("ask", "yes", "no", "thanks", "greet", "anyone", "but", "so", "laugh", "sorry", "try")
SPEAKER = tuple(f"mark{i}" for i in range(len(_MARKS))) + OPENERS + (
    "length", "words", "names", "own_gap", "own_lag", "first_word", "gap", "tempo1", "tempo5", "tempo15",
    "named_age", "named_lag", "named_since", "named_age_since", "chat_names", "chat_states", "stated",
    "minute_clock", "crowd",
)  # fmt: skip
LISTENER = tuple(f"mark{i}" for i in range(len(_MARKS))) + OPENERS + (
    "length", "words", "names", "own_gap", "first_word", "gap", "before_same", "names_none", "messages",
)  # fmt: skip
PAIR = (
    "lag", "lag_inverse", "next", "minutes", "minute", "same", "names_me", "names_it", "names_it_latest",
    "names_other", "it_names_other", "both_name", "latest", "older_than_two", "latest_naming_me", "own_latest",
    "my_partner", "my_namer", "its_partner", "voices", "mine_between", "spoke_since", "named_since",
    "i_named_since", "after_own", "likeness", "shared", "likest", "like_before", "run_goes_on",
    *(f"older_{name}" for name in OLDER), "others_between", "its_first_since", "turn_back",
    "stated_answers", "stated_latest", "stated_most", "stated_by_me", "stated_parent_mine", "root_of_chat",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """Per message: `speaker` and `listener` rows, and what pair features look up."""

    speaker: np.ndarray
    listener: np.ndarray
    words: Words
    partner: np.ndarray  # whom the author named last, this message included
    partner_before: np.ndarray
    namer: np.ndarray  # who named the author last, before this message
    named_after: np.ndarray  # the next message that names the author, n = none
    answers: tuple[np.ndarray, np.ndarray, np.ndarray]  # first three stated replies to it, n = none
    turn_back: np.ndarray  # the author spoke before the previous speaker did: A-B-A


def read_facts(talk: Talk, scene: Scene) -> Facts:
    """Everything that is known of single messages."""
    n = len(scene)
    texts = talk.texts.take(pa.array(scene.row))
    cues = np.column_stack([*(_matches(texts, p) for p in _MARKS), _openers(texts)])
    words = read_words(texts, QUOTED_LAGS)
    speaker, listener = _numbers(talk, scene, words.count, len_of(texts))
    partner, before = _partners(scene)
    return Facts(
        np.hstack([cues, speaker]).astype(np.float32),
        np.hstack([cues, listener]).astype(np.float32),
        words,
        partner,
        before,
        np.where(scene.naming >= 0, scene.who[scene.naming], -1) if n else scene.naming,
        _named_after(scene),
        first_answers(scene.known, n),
        _turn_back(scene.who),
    )


def len_of(texts: pa.Array) -> np.ndarray:
    """Characters of each text."""
    return pc.utf8_length(texts).to_numpy().astype(np.float64)


def _matches(texts: pa.Array, pattern: str) -> np.ndarray:
    return mask(pc.match_substring_regex(texts, pattern))


def _openers(texts: pa.Array) -> np.ndarray:
    """(n, len(OPENERS)) how each text begins, or what follows the name that it begins with."""
    named = np.flatnonzero(_matches(texts, _ADDRESS))
    rest = pc.replace_substring_regex(texts.take(pa.array(named)), _ADDRESS, "", max_replacements=1)
    row = np.concatenate([np.arange(len(texts)), named])
    heads = pa.concat_arrays([texts, rest])
    any_ = np.flatnonzero(_matches(heads, _BEGINS + "|".join(_phrases(name) for name in OPENERS) + ")"))
    row, heads = row[any_], heads.take(pa.array(any_))
    found = np.zeros((len(texts), len(OPENERS)), bool)
    for place, name in enumerate(OPENERS):
        found[row[_matches(heads, _BEGINS + _phrases(name) + ")")], place] = True
    return found


def _phrases(name: str) -> str:
    """The phrases of a list as a pattern; a Latin one ends where its word ends."""
    return "|".join(
        re.escape(p) + (r"\b" if p[-1].isascii() and p[-1].isalpha() else "") for p in read_phrases(f"opens_{name}")
    )


def _numbers(talk: Talk, scene: Scene, words: np.ndarray, length: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n, minute, naming = len(scene), scene.minute, scene.naming
    place = np.arange(n)
    own = scene.own_before
    own_gap = _scaled(np.where(own >= 0, minute - minute[own], 1e4))
    own_lag = _scaled(np.where(own >= 0, place - own, 1e4))
    gap = _scaled(np.diff(minute, prepend=minute[:1]))
    tempo = [_scaled(place - np.searchsorted(minute, minute - m)) for m in (1, 5, 15)]
    names = (scene.named >= 0).sum(1)
    last = last_before(scene.who, scene.named.ravel(), np.repeat(place, scene.named.shape[1]))
    last = last.reshape(scene.named.shape).max(1, initial=-1)
    since = (naming > own) & (naming >= 0)
    chat = np.ones(n)
    speaker = [
        _scaled(length), _scaled(words), names, own_gap, own_lag, own < 0, gap, *tempo,
        _scaled(np.where(last >= 0, minute - minute[last], 1e4)), _scaled(np.where(last >= 0, place - last, 1e4)),
        since, _scaled(np.where(since, minute - minute[naming], 1e4)),
        chat * (names > 0).mean() if n else chat, chat * (scene.known >= 0).mean() if n else chat,
        np.zeros(n), chat * (talk.resolution != "s"), _crowd(scene),
    ]  # fmt: skip
    same = np.zeros(n)
    same[1:] = scene.who[1:] == scene.who[:-1]
    order = _running_count(scene.who)
    listener = [
        _scaled(length), _scaled(words), names, own_gap, own < 0, gap, same, names == 0, _scaled(order),
    ]  # fmt: skip
    return np.column_stack(speaker), np.column_stack(listener)


def _scaled(values: np.ndarray) -> np.ndarray:
    """log(1 + x): ratios count, not differences."""
    return np.log1p(np.maximum(values, 0).astype(np.float64))


def _crowd(scene: Scene) -> np.ndarray:
    """How many different members wrote the last CROWD messages."""
    n = len(scene)
    gone = np.bincount(np.minimum(scene.own_after, np.arange(n) + CROWD), minlength=n + CROWD)[:n] if n else np.zeros(0)
    started = np.arange(n)  # every message opens a span that the member's next message, or distance, closes
    return np.log1p(np.maximum(started - np.cumsum(gone), 0))


def _running_count(who: np.ndarray) -> np.ndarray:
    order = np.argsort(who, kind="stable")
    count = np.empty(len(who), np.int64)
    count[order] = np.arange(len(who)) - np.searchsorted(who[order], who[order], "left")
    return count


def _named_after(scene: Scene) -> np.ndarray:
    """The first message after each one that names its author, n = none."""
    at, slot = np.nonzero(scene.named >= 0)
    n = len(scene)
    if not len(at):
        return np.full(n, n, np.int64)
    key = np.sort(scene.named[at, slot] * n + at)
    place = np.searchsorted(key, scene.who * n + np.arange(n), "right")
    hit = key[np.minimum(place, len(key) - 1)]
    return np.where((place < len(key)) & (hit // n == scene.who), hit % n, n)


def _partners(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Whom each author named last, with and without the message itself."""
    n = len(scene)
    names = np.flatnonzero(scene.named[:, 0] >= 0)
    last = last_before(scene.who[names], scene.who, np.searchsorted(names, np.arange(n), "right"))
    after = np.where(last >= 0, scene.named[names[last], 0], -1) if len(names) else np.full(n, -1)
    before = np.where(scene.own_before >= 0, after[scene.own_before], -1) if n else after
    return after, before


def _turn_back(who: np.ndarray) -> np.ndarray:
    n = len(who)
    first = np.maximum.accumulate(np.where(np.diff(who, prepend=-2) != 0, np.arange(n), 0)) if n else np.arange(0)
    return np.where(first > 0, who[first - 1], -1) if n else first


def first_answers(parent: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first three messages that answer each message, n = none."""
    child = np.flatnonzero(parent >= 0)
    order = np.argsort(parent[child], kind="stable")
    child = child[order]
    nth = np.arange(len(child)) - np.searchsorted(parent[child], parent[child], "left")
    found = np.full((3, n), n, np.int64)
    for k in range(3):
        found[k, parent[child[nth == k]]] = child[nth == k]
    return found[0], found[1], found[2]


def pair_features(
    scene: Scene, facts: Facts, start: int, stop: int, lags: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(len(PAIR), m, k) float32, the candidates (m, k) and which of them exist, for the messages of a span."""
    who, valid = candidates(scene, start, stop, lags)
    me = np.arange(start, stop)[:, None]
    mine, its = scene.who[me], scene.who[who]
    lag = me - who
    minutes = np.maximum(scene.minute[me] - scene.minute[who], 0)
    named = scene.named[start:stop]
    its_named = [column[who] for column in scene.named.T]
    names_it = _any_equal([column[:, None] for column in named.T], its)
    names_me = _any_equal(its_named, mine)
    both = _shares(named, its_named)
    latest = scene.own_after[who] >= me
    second = scene.own_after[np.minimum(scene.own_after[who], len(scene) - 1)]
    own = scene.own_before[me]
    like, shared = _likeness(facts.words, start, stop, who, lags)
    column = np.arange(who.shape[1])
    recent = column < lags
    between_mine = np.cumsum((its == mine) & recent, 1) - (its == mine)
    voices = np.cumsum(latest & recent, 1)
    first, *others = facts.answers
    answers = sum((a[who] < me).astype(np.float32) for a in (first, *others))
    older = [column == lags + k for k in range(len(OLDER))]
    stated_latest, stated_most = (who == scene.answered[start:stop, k, None] for k in range(2))
    namer_after = facts.named_after[who]
    parent = scene.known[who]
    columns = [
        np.log1p(lag), 1 / np.maximum(lag, 1), lag == 1, np.log1p(minutes), minutes < 1, its == mine, names_me,
        names_it, names_it & latest, ~names_it & (named[:, :1] >= 0), (its_named[0] >= 0) & ~names_me, both,
        latest, second < me, scene.naming[me] == who, own == who, facts.partner_before[me] == its,
        facts.namer[me] == its, facts.partner[who] == mine, np.log1p(voices),
        np.log1p(np.maximum(between_mine, 0)), own > who, namer_after < me,
        (namer_after < me) & (scene.who[np.minimum(namer_after, len(scene) - 1)] == mine),
        who > own, like, shared, (like == like.max(1, keepdims=True)) & (like > 0),
        like_with(like[:, :lags], scene.own_before[who], me),
        (scene.own_after[who] == who + 1) & (who + 1 < me), *older, np.log1p(np.maximum(lag - 1 - between_mine, 0)),
        (who > own) & (scene.own_before[who] <= own), facts.turn_back[who] == mine, np.log1p(answers), stated_latest,
        stated_most, (first[who] < me) & (scene.who[np.minimum(first[who], len(scene) - 1)] == mine),
        (parent >= 0) & (scene.who[parent] == mine), who == 0,
    ]  # fmt: skip
    return stack(columns, who.shape), who, valid


def stack(columns: list, shape: tuple[int, ...]) -> np.ndarray:
    """Columns (m, k), or narrower, as one float32 array (columns, m, k)."""
    found = np.empty((len(columns), *shape), np.float32)
    for place, column in zip(found, columns, strict=True):
        place[:] = column
    return found


def _likeness(words: Words, start: int, stop: int, who: np.ndarray, lags: int) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and logarithm of shared weight with the candidates just before; 0 for older ones."""
    shared = np.zeros(who.shape, np.float32)
    shared[:, :lags] = words.shared[start:stop, :lags]
    return shared / np.maximum(words.norm[start:stop, None] * words.norm[who], 1e-6), np.log1p(shared)


def _any_equal(columns: list[np.ndarray], value: np.ndarray) -> np.ndarray:
    first, *others = (column == value for column in columns)
    for other in others:
        first |= other
    return first


def _shares(named: np.ndarray, its_named: list[np.ndarray]) -> np.ndarray:
    """Whether message and candidate name a member in common."""
    found = np.zeros(its_named[0].shape, bool)
    row = np.flatnonzero(named[:, 0] >= 0)
    theirs = [column[row] for column in its_named]
    for one in named[row].T:
        found[row] |= (one >= 0)[:, None] & _any_equal(theirs, one[:, None])
    return found


def like_with(like: np.ndarray, other: np.ndarray, me: np.ndarray) -> np.ndarray:
    """How much each message is like some others (m, k), 0 where they are not among those of `like` (m, lags)."""
    lag = me - other
    inside = (other >= 0) & (lag <= like.shape[1])
    return np.where(inside, np.take_along_axis(like, np.where(inside, lag - 1, 0), 1), 0)
