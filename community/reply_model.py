"""The reply model: two small networks look at the candidates of a message, the second also at the conversations.

In: `Talk`, `Mentions`, stated parents. Out: a guessed parent and its probability for every member's message; parent
-1 = starts a conversation. The weights lie in models/replies (made by `nuanqun train replies`, see its MODEL_CARD.md).
Example: `guess = guess_parents(talk, mentions, stated)`; `guess.parent[row]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
from safetensors.numpy import load

from community.kept import NOTHING, Kept
from community.mentions import Mentions
from community.reply_candidates import LAGS, QUOTED_LAGS, Scene, read_scene
from community.reply_features import LISTENER, PAIR, SPEAKER, Facts, pair_features, read_facts
from community.reply_structure import STRUCTURE, Structure, read_structure, structure_features
from community.talk import Talk

STRETCH = 16_384  # messages looked at together; idf and conversations reach no further back than this and CONTEXT
CONTEXT = 1_024
SPAN = 256
BLOCK = 64  # messages scored at once: small blocks stay in the processor's cache
BEFORE = 128  # messages before one that is asked for, looked at for the conversations they form
TOP = 8  # candidates that the second network sees
FAR = -30.0
STATED = SPEAKER.index("stated")
LIKENESS = PAIR.index("likeness")
NETWORKS = ("first", "second", "quote")


@dataclass(frozen=True, slots=True)
class Network:
    """Weights by name; see `score` for what they do."""

    weights: dict[str, np.ndarray]

    def side(self, name: str, rows: np.ndarray) -> np.ndarray:
        """What a message adds to the hidden layer as `speaker` or `listener`."""
        w = self.weights
        standard = np.clip((rows - w[f"{name}.mean"]) / w[f"{name}.scale"], -6, 6)
        return standard @ w[f"{name}.weight"] + w.get(f"{name}.bias", 0)

    def score(
        self, speaker: np.ndarray, listener: np.ndarray, facts: np.ndarray, pair: np.ndarray, valid: np.ndarray
    ) -> np.ndarray:
        """Log probability (m, k + 1) of each candidate and, last, of a new conversation.

        Hidden layers are rectified, a new conversation is judged by the pooled second layer. `speaker` (m, h) and
        `listener` (m, k, h) come from `side`, `facts` (m, u) are the standardised facts of the message and `pair`
        (p, m, k) those of each candidate.
        """
        found = np.empty((len(valid), valid.shape[1] + 1), np.float32)
        for start in range(0, len(valid), BLOCK):
            b = slice(start, start + BLOCK)
            found[b] = self._score(speaker[b], listener[b], facts[b], pair[:, b], valid[b])
        return log_softmax(found)

    def _score(
        self, speaker: np.ndarray, listener: np.ndarray, facts: np.ndarray, pair: np.ndarray, valid: np.ndarray
    ) -> np.ndarray:
        w, (m, k) = self.weights, valid.shape
        hidden = (pair.reshape(len(pair), -1).T @ w["pair.weight"]).reshape(m, k, -1)
        hidden += listener
        hidden += speaker[:, None]
        np.maximum(hidden, 0, out=hidden)
        deep = hidden.reshape(m * k, -1) @ w["deep.weight"]
        deep += w["deep.bias"]
        np.maximum(deep, 0, out=deep)
        logit = np.where(valid, (deep @ w["out.weight"] + w["out.bias"]).reshape(m, k), FAR)
        deep = deep.reshape(m, k, -1)
        if not valid.all():
            deep *= valid[..., None]
        mean = deep.sum(1) / np.maximum(valid.sum(1, keepdims=True), 1)
        pooled = np.hstack([facts, deep.max(1), mean]) @ w["new.weight"] + w["new.bias"]
        new = np.maximum(pooled, 0) @ w["start.weight"] + w["start.bias"]
        return np.hstack([logit, new])


@dataclass(frozen=True, slots=True)
class Guess:
    """One entry a record of talk: parent row (-1 = starts a conversation) and its probability, 0 = not judged."""

    parent: np.ndarray
    probability: np.ndarray


def log_softmax(logit: np.ndarray) -> np.ndarray:
    """Logarithm of the softmax along the last axis."""
    logit = logit - logit.max(-1, keepdims=True)
    return logit - np.log(np.exp(logit).sum(-1, keepdims=True))


@cache
def shipped_networks() -> dict[str, Network] | None:
    """The networks of models/replies, None where they are not installed; ValueError when made for other features."""
    path = files("models").joinpath("replies", "weights.safetensors")
    if not path.is_file():
        return None
    return read_networks(load(path.read_bytes()))


def read_networks(tensors: dict[str, np.ndarray]) -> dict[str, Network]:
    """Sort tensors named `network.layer.part`; raises ValueError when they do not fit today's features."""
    found = {}
    for name in NETWORKS:
        weights = {k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")}
        pair = len(PAIR) + (len(STRUCTURE) if name != "first" else 0)
        sizes = (len(SPEAKER), len(LISTENER), pair)
        if tuple(len(weights[f"{side}.weight"]) for side in ("speaker", "listener", "pair")) != sizes:
            raise ValueError("models/replies was trained on other features: run `nuanqun train replies`")
        found[name] = Network(weights)
    return found


def guess_parents(
    talk: Talk,
    mentions: Mentions,
    stated: np.ndarray,
    networks: dict[str, Network],
    *,
    asked: np.ndarray | None = None,
    quoting: np.ndarray | None = None,
    kept: Kept = NOTHING,
) -> Guess:
    """Judge every member's message; `stated` parents (rows, -1 = unknown) help to judge the others.

    `asked` marks the messages to judge where not all are wanted. `quoting` marks messages that are known to answer
    something although the export does not say what: their guess comes from the network that learnt from quote replies,
    and is never a new conversation. `kept` answers for stretches of which it knows everything already.
    """
    guess = Guess(np.full(len(talk.at), -1, np.int64), np.zeros(len(talk.at), np.float32))
    asked = np.ones(len(talk.at), bool) if asked is None else asked
    quoting = np.zeros(len(talk.at), bool) if quoting is None else quoting
    stretches = list(_stretches(talk, asked, quoting))
    weights = [x for name in NETWORKS for item in sorted(networks[name].weights.items()) for x in item]

    def inputs(number: int) -> list[np.ndarray | pa.Array | str]:
        return [*stretches[number].inputs(talk, mentions, stated), *weights]

    def work_out(number: int) -> dict[str, np.ndarray]:
        return _judge(read_scene(talk, mentions, stated, stretches[number].row), talk, networks, stretches[number])

    for stretch, found in zip(stretches, kept.recall("guesses", len(stretches), inputs, work_out), strict=True):
        row, parent = stretch.row[stretch.wanted | stretch.quotes], found["parent"]
        guess.parent[row] = np.where(parent >= 0, stretch.row[parent], -1)
        guess.probability[row] = found["probability"]
    return guess


@dataclass(frozen=True, slots=True)
class Stretch:
    """Members' messages that are looked at together: rows of talk, and which of them are judged, as what."""

    row: np.ndarray
    wanted: np.ndarray
    quotes: np.ndarray

    def inputs(self, talk: Talk, mentions: Mentions, stated: np.ndarray) -> list[np.ndarray | pa.Array | str]:
        """All that the networks see of the stretch; of member numbers they see only the order."""
        near = slice(*np.searchsorted(mentions.row, [self.row[0], self.row[-1] + 1]))
        naming, known = self._place(mentions.row[near]), self._place(stated[self.row])
        who = np.concatenate([talk.sender[self.row], mentions.member[near][naming >= 0]])
        texts = talk.texts.take(pa.array(self.row))
        seen = [talk.at[self.row], np.unique(who, return_inverse=True)[1], naming[naming >= 0], known]
        return [texts, *seen, self.wanted, self.quotes, talk.resolution]

    def _place(self, row: np.ndarray) -> np.ndarray:
        """The place of rows of talk in the stretch, -1 = outside."""
        place = np.minimum(np.searchsorted(self.row, row), len(self.row) - 1)
        return np.where(self.row[place] == row, place, -1)


def _stretches(talk: Talk, asked: np.ndarray, quoting: np.ndarray) -> Iterator[Stretch]:
    """The stretches in which something is asked for."""
    said = np.flatnonzero(talk.said)
    for start in range(0, len(said), STRETCH):
        low = max(start - CONTEXT, 0)
        row = said[low : start + STRETCH]
        fresh = np.arange(len(row)) >= start - low
        wanted, quotes = fresh & asked[row], fresh & quoting[row]
        if (wanted | quotes).any():
            yield Stretch(row, wanted & ~quotes, quotes)


def _judge(scene: Scene, talk: Talk, networks: dict[str, Network], stretch: Stretch) -> dict[str, np.ndarray]:
    """Parent (place in the stretch, -1 = new) and probability of the messages that are wanted, in order."""
    facts = read_facts(talk, scene)
    parent, log_p = look_twice(scene, facts, networks, stretch.wanted)
    quoted, its_log_p = find_quoted(scene, facts, networks["quote"], stretch.quotes)
    judged = stretch.wanted | stretch.quotes
    parent, log_p = np.where(stretch.quotes, quoted, parent), np.where(stretch.quotes, its_log_p, log_p)
    return {"parent": parent[judged].astype(np.int32), "probability": np.exp(log_p[judged]).astype(np.float32)}


def spans(wanted: np.ndarray, before: int = 0) -> Iterator[slice]:
    """Spans of at most SPAN messages that cover the wanted ones and `before` messages before each."""
    n = len(wanted)
    place = np.flatnonzero(wanted)
    opens = np.bincount(np.maximum(place - before, 0), minlength=n + 1)
    closes = np.bincount(place + 1, minlength=n + 1)
    inside = np.cumsum(opens - closes)[:n] > 0
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    for first, end in edges.reshape(-1, 2).tolist():
        for start in range(first, end, SPAN):
            yield slice(start, min(start + SPAN, end))


def look_twice(
    scene: Scene, facts: Facts, networks: dict[str, Network], wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Parent (message number, -1 = new) and log probability of the wanted messages, by both networks."""
    n = len(scene)
    parent, log_p = np.full(n, -1, np.int64), np.zeros(n, np.float32)
    looks = list(first_look(scene, facts, networks["first"], wanted))
    for look in looks:
        parent[look.span], log_p[look.span] = look.best()
    known = scene.known >= 0
    structure = read_structure(scene, np.where(known, scene.known, parent), np.where(known, 1, np.exp(log_p)))
    sides = read_sides(networks["second"], facts)
    for look in looks:
        second = second_look(scene, sides, networks["second"], look, structure)
        parent[look.span], log_p[look.span] = second.best()
    return parent, log_p


@dataclass(frozen=True, slots=True)
class Look:
    """The candidates of a span that are left, and what was found about them."""

    span: slice
    who: np.ndarray  # (m, k)
    valid: np.ndarray
    pair: np.ndarray  # (p, m, k)
    like: np.ndarray  # (m, LAGS) with each of the messages just before
    log_p: np.ndarray  # (m, k + 1)

    def best(self) -> tuple[np.ndarray, np.ndarray]:
        """The likeliest parent of each message, -1 = new, and its log probability."""
        place = self.log_p.argmax(1)
        row = np.arange(len(place))
        new = place == self.who.shape[1]
        return np.where(new, -1, self.who[row, np.where(new, 0, place)]), self.log_p[row, place]


def first_look(scene: Scene, facts: Facts, network: Network, wanted: np.ndarray) -> Iterator[Look]:
    """Score all candidates of the wanted messages and of those shortly before, keep the TOP likeliest."""
    speaker, listener, standard = read_sides(network, facts)
    for span in spans(wanted, BEFORE):
        pair, who, valid = pair_features(scene, facts, span.start, span.stop, LAGS)
        log_p = network.score(speaker[span], listener[who], standard[span], pair, valid)
        yield keep_top(span, who, valid, pair, log_p)


Sides = tuple[np.ndarray, np.ndarray, np.ndarray]


def read_sides(network: Network, facts: Facts) -> Sides:
    """Per message: its share as speaker and as listener, and its standardised facts."""
    speaker, listener = network.side("speaker", facts.speaker), network.side("listener", facts.listener)
    return speaker, listener, standardise(network, facts)


def standardise(network: Network, facts: Facts) -> np.ndarray:
    """The facts of each message as the speaker, in standard deviations."""
    w = network.weights
    return np.clip((facts.speaker - w["speaker.mean"]) / w["speaker.scale"], -6, 6).astype(np.float32)


def keep_top(span: slice, who: np.ndarray, valid: np.ndarray, pair: np.ndarray, log_p: np.ndarray) -> Look:
    """The TOP likeliest candidates in the order of their slots; the probability of a new conversation stays."""
    top = np.sort(np.argpartition(-log_p[:, :-1], TOP, axis=1)[:, :TOP], 1)
    row = np.arange(len(who))[:, None]
    kept = np.hstack([log_p[row, top], log_p[:, -1:]])
    return Look(span, who[row, top], valid[row, top], pair[:, row, top], pair[LIKENESS, :, :LAGS].copy(), kept)


def second_look(scene: Scene, sides: Sides, network: Network, look: Look, structure: Structure) -> Look:
    """Score the candidates that are left again, with what the conversations say."""
    more = structure_features(scene, structure, look.log_p, look.span.start, look.who, look.like)
    pair, (speaker, listener, standard) = np.concatenate([look.pair, more]), sides
    log_p = network.score(speaker[look.span], listener[look.who], standard[look.span], pair, look.valid)
    return Look(look.span, look.who, look.valid, pair, look.like, log_p)


def find_quoted(scene: Scene, facts: Facts, network: Network, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every wanted message, as if it quoted something: what (message number) and the log probability."""
    n = len(scene)
    parent, log_p = np.full(n, -1, np.int64), np.zeros(n, np.float32)
    speaker, listener, standard = read_sides(network, facts)
    for span, who, pair, valid in quote_pairs(scene, facts, wanted):
        score = network.score(speaker[span], listener[who], standard[span], pair, valid)
        score = log_softmax(np.where(valid, score[:, :-1], FAR))
        best = score.argmax(1)
        row = np.arange(len(best))
        parent[span] = np.where(valid[row, best], who[row, best], -1)
        log_p[span] = score[row, best]
    return parent, log_p


Pairs = Iterator[tuple[slice, np.ndarray, np.ndarray, np.ndarray]]


def quote_pairs(scene: Scene, facts: Facts, wanted: np.ndarray) -> Pairs:
    """(span, candidates, features, which exist) for quote replies, with the conversations that stated ones form."""
    structure = read_structure(scene, scene.known, np.ones(len(scene), np.float32))
    for span in spans(wanted, BEFORE // 4):  # what lies between is scored for nothing, but a call costs more
        pair, who, valid = pair_features(scene, facts, span.start, span.stop, QUOTED_LAGS)
        blank = np.zeros((len(who), who.shape[1] + 1), np.float32)
        like = pair[LIKENESS, :, :QUOTED_LAGS]
        more = structure_features(scene, structure, blank, span.start, who, like)
        yield span, who, np.concatenate([pair, more]), valid
