"""Open topics: what a chat talks about in its own words, without a list of topics given beforehand.

In: `Findings`. Out: TOPICS, the greatest first. Conversations of 26 weeks (answers that hang together, other messages
by sitting) become TF-IDF over jieba tokens, reduced by SVD; what lies close together is one topic (average linkage),
named by class-based TF-IDF (Grootendorst 2022): tf x log(1 + A / f). Only the SVD draws by chance; its seed is fixed.
Example: `topics_table(findings)["words"]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from community.findings import Findings
from community.tables import TOPICS, check_table
from community.talk import DAY_MS, MINUTE_MS

WINDOW_DAYS, WEEKS = 182, 12
SITTING = 30 * MINUTE_MS
"""A pause that ends a sitting."""
MOST_DOCUMENTS, LEAST_DOCUMENTS, LEAST_WORDS = 1_500, 20, 4
NEAR = 0.6
"""Mean cosine distance up to which conversations are of one topic."""
LEAST_TALKS, LEAST_MESSAGES, LEAST_MEMBERS = 4, 12, 3
"""Conversations, messages and members that make a topic."""
NAMED, SHOWN, MOST = 5, 5, 20
"""Words and messages of a topic that are kept, and topics of a chat."""
LINKS = frozenset(("http", "https", "www", "com", "cn"))
"""Pieces of links that jieba leaves."""
NEW_DAYS, NEW_SHARE, OLD_ENOUGH = 21, 0.8, 56
"""New: so much of it was said within so many days, in a chat of so many days."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its words, the rows of talk that belong to it, the rows that show it best, its conversations."""

    words: list[str]
    rows: np.ndarray
    shown: list[int]
    talks: int


def find_topics(findings: Findings) -> list[Topic]:
    """The topics of the last 26 weeks, the one with most messages first; none where too little was said."""
    documents = _documents(findings)
    if len(documents) < LEAST_DOCUMENTS:
        return []
    from sklearn.feature_extraction.text import CountVectorizer  # only chats with enough talk pay for the import

    whole: Any = list  # documents are lists of words already
    counter = CountVectorizer(analyzer=whole, min_df=3, max_df=0.5)
    try:
        counts: Any = counter.fit_transform([words for _, words in documents])
    except ValueError:  # nothing is said three times
        return []
    if counts.shape[1] < LEAST_DOCUMENTS // 2:
        return []
    label, vectors = _clusters(counts)
    names = counter.get_feature_names_out()
    talk, topics = findings.talk, []
    weights = _class_weights(counts, label)
    for number in range(label.max() + 1):
        mine = np.flatnonzero(label == number)
        rows = np.sort(np.concatenate([documents[i][0] for i in mine]))
        if len(rows) < LEAST_MESSAGES or len(np.unique(talk.sender[rows])) < LEAST_MEMBERS:
            continue
        often = np.asarray((counts[mine] > 0).sum(axis=0)).ravel() >= min(3, len(mine))
        best = np.argsort(-(weights[number] * often), kind="stable")[:NAMED]
        words = [str(names[i]) for i in best if weights[number][i] * often[i] > 0]
        central = mine[np.argsort(-(vectors[mine] @ vectors[mine].mean(axis=0)), kind="stable")][:SHOWN]
        shown = [_telling(findings, documents[i][0], set(words)) for i in central]
        topics.append(Topic(words, rows, shown, len(mine)))
    return sorted((t for t in topics if t.words), key=lambda t: (-len(t.rows), t.words))[:MOST]


def topics_table(findings: Findings) -> pa.Table:
    """The TOPICS table."""
    talk, topics = findings.talk, findings.open_topics
    weekly = [weekly_counts(findings, topic.rows) for topic in topics]
    columns = {
        "chat_id": [talk.chat_id] * len(topics),
        "words": [topic.words for topic in topics],
        "messages": [len(topic.rows) for topic in topics],
        "conversations": [topic.talks for topic in topics],
        "people": [len(np.unique(talk.sender[topic.rows])) for topic in topics],
        "first": talk.at[[int(topic.rows[0]) for topic in topics]],
        "last": talk.at[[int(topic.rows[-1]) for topic in topics]],
        "weekly": weekly,
        "trend": [trend(counts) for counts in weekly],
        "is_new": [is_new(findings, topic) for topic in topics],
        "topic": [findings.topic_of(topic.rows.tolist()) for topic in topics],
        "message_ids": [findings.message_ids(topic.shown) for topic in topics],
    }
    arrays = {f.name: pa.array(columns[f.name], f.type) for f in TOPICS}
    return check_table(pa.table(arrays, schema=TOPICS), TOPICS)


def weekly_counts(findings: Findings, rows: np.ndarray) -> list[int]:
    """Messages of each of the twelve weeks before the end of the export, oldest first."""
    ago = (findings.talk.now - 1 - findings.talk.at[rows]) // (7 * DAY_MS)
    return np.bincount(ago[ago < WEEKS], minlength=WEEKS)[::-1].tolist()


def trend(weekly: list[int]) -> float | None:
    """Messages a week of the last four weeks against the eight before; None where there were none."""
    before = sum(weekly[:8]) / 8
    return sum(weekly[8:]) / 4 / before if before else None


def is_new(findings: Findings, topic: Topic) -> bool:
    """Whether the chat is old enough and nearly all of the topic was said lately."""
    talk = findings.talk
    recent = (talk.at[topic.rows] >= talk.now - NEW_DAYS * DAY_MS).mean()
    return talk.days >= OLD_ENOUGH and recent >= NEW_SHARE


def _documents(findings: Findings) -> list[tuple[np.ndarray, list[str]]]:
    """(rows, content words) of the newest conversations with enough words."""
    talk = findings.talk
    if "tokens" not in findings.annotations.schema.names:
        return []
    window = talk.since(WINDOW_DAYS)
    rows = np.flatnonzero((talk.warm & ~talk.trivial)[window]) + window.start
    if not len(rows):
        return []
    sitting = np.cumsum(np.diff(talk.at[rows], prepend=talk.at[rows[0]]) > SITTING)
    root, size = np.unique(findings.links.root[rows], return_inverse=True, return_counts=True)[1:]
    key = np.where(size[root] >= 3, root + sitting.max() + 1, sitting)
    order = np.argsort(key, kind="stable")
    parts = np.split(rows[order], np.flatnonzero(np.diff(key[order])) + 1)
    read, found = _reader(findings, window), []
    for part in sorted(parts, key=lambda part: -int(part[0])):  # the newest first: most are older than what is kept
        said = read(part)
        if len(set(said)) >= LEAST_WORDS:
            found.append((part, said))
        if len(found) == MOST_DOCUMENTS:
            break
    return found[::-1]


def _reader(findings: Findings, window: slice) -> Callable[[np.ndarray], list[str]]:
    """Gives the words with content of rows of a window; names of members and numbers say nothing about the subject."""
    from nlp.segment import stop_words

    names = {part for name in findings.called.name for part in re.findall(r"[^\W\d_]+", name.lower())}
    tokens = findings.annotations["tokens"].slice(window.start, window.stop - window.start).combine_chunks()
    bare = names | stop_words() | LINKS

    @cache
    def good(token: str) -> bool:
        return len(token) >= 2 and token.isalpha() and token not in bare

    def read(rows: np.ndarray) -> list[str]:
        return [t for row in tokens.take(pa.array(rows - window.start)).to_pylist() for t in row or () if good(t)]

    return read


def _clusters(counts: Any) -> tuple[np.ndarray, np.ndarray]:
    """The topic of every document (-1 = of none) and its vector of length 1."""
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.preprocessing import normalize

    weighted: Any = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    size = min(50, min(weighted.shape) - 1)
    vectors = np.asarray(normalize(TruncatedSVD(size, random_state=0).fit_transform(weighted)))
    said = np.flatnonzero(np.abs(vectors).sum(axis=1) > 0)
    label = np.full(len(vectors), -1)
    if len(said) > 1:
        how: Any = {"n_clusters": None, "metric": "cosine", "linkage": "average", "distance_threshold": NEAR}
        grouping = AgglomerativeClustering(**how)
        label[said] = grouping.fit_predict(vectors[said])
    sizes = np.bincount(label[said])
    kept = np.flatnonzero(sizes >= LEAST_TALKS)
    number = np.full(len(sizes) + 1, -1)
    number[kept] = np.arange(len(kept))
    return number[label], vectors


def _class_weights(counts: Any, label: np.ndarray) -> np.ndarray:
    """Class-based TF-IDF (topics, words); what belongs to no topic is a class of its own, the last."""
    classes = int(label.max()) + 2
    own = np.where(label < 0, classes - 1, label)
    summed = np.zeros((classes, counts.shape[1]))
    for number in np.unique(own):
        summed[number] = np.asarray(counts[own == number].sum(axis=0)).ravel()
    share = summed / np.maximum(summed.sum(axis=1, keepdims=True), 1)
    return share * np.log1p(summed.sum() / classes / np.maximum(summed.sum(axis=0), 1))


def _telling(findings: Findings, rows: np.ndarray, words: set[str]) -> int:
    """The message of a conversation that says most of the words of its topic."""
    tokens = findings.annotations["tokens"].take(pa.array(rows)).to_pylist()
    return int(rows[max(range(len(rows)), key=lambda i: (len(words & set(tokens[i] or ())), -i))])
