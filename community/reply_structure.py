"""Second look: what the links guessed so far say about a link, seen from the conversations they form.

In: `Scene`, first guesses. Out: `structure_features`, one row a message and candidate. Who answered me, whose
conversation I am in, who answered this already: only earlier messages are looked at.
Example: `structure_features(scene, read_structure(scene, parent, sure), log_p, 0, 500, who)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from community.reply_candidates import Scene
from community.reply_features import first_answers, like_with, stack

STRUCTURE = (
    "log_p", "p", "best", "gap_to_best", "p_new", "its_start", "answers_me", "answers_my_last", "my_last_answered_it",
    "in_my_conversation", "in_my_older_conversation", "in_named_conversation", "last_of_conversation",
    "nth_of_conversation", "answered", "answered_by_me", "talked", "talked_gap", "talk_back", "like_parent",
    "same_parent_author",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Structure:
    """The conversations of the first guesses; one entry a message, numbers are messages, n or -1 = none."""

    parent: np.ndarray
    sure: np.ndarray  # probability of the guess, 0..1
    root: np.ndarray
    after: np.ndarray  # the next message of the same conversation
    nth: np.ndarray  # place in its conversation
    answers: tuple[np.ndarray, np.ndarray, np.ndarray]
    links: np.ndarray  # sorted keys: pair of members, then the answering message
    members: int


def read_structure(scene: Scene, parent: np.ndarray, sure: np.ndarray) -> Structure:
    """Conversations and pairs of the guessed links (parent -1 = starts a conversation)."""
    n = len(scene)
    root = find_roots(parent)
    order = np.argsort(root, kind="stable")
    same = root[order[1:]] == root[order[:-1]]
    after = np.full(n, n, np.int64)
    after[order[:-1][same]] = order[1:][same]
    nth = np.empty(n, np.int64)
    nth[order] = np.arange(n) - np.searchsorted(root[order], root[order], "left")
    members = int(scene.who.max(initial=0)) + 1
    child = np.flatnonzero(parent >= 0)
    child = child[scene.who[child] != scene.who[parent[child]]]
    key = _pair(scene.who[child], scene.who[parent[child]], members) * n + child
    return Structure(parent, sure, root, after, nth, first_answers(parent, n), np.sort(key), members)


def find_roots(parent: np.ndarray) -> np.ndarray:
    """The first message of each conversation, by pointer jumping (parents always come earlier)."""
    root = np.where(parent >= 0, parent, np.arange(len(parent)))
    while True:
        further = root[root]
        if (further == root).all():
            return root
        root = further


def _pair(one: np.ndarray, other: np.ndarray, members: int) -> np.ndarray:
    return np.minimum(one, other) * members + np.maximum(one, other)


def structure_features(
    scene: Scene, structure: Structure, log_p: np.ndarray, start: int, who: np.ndarray, like: np.ndarray
) -> np.ndarray:
    """(len(STRUCTURE), m, k) float32 for k candidates `who` a message.

    `log_p` (m, k + 1) are first guesses, the last column = starts anew; `like` (m, lags) likeness with messages before.
    """
    s, n = structure, len(scene)
    me = np.arange(start, start + len(who))[:, None]
    mine, its = scene.who[me], scene.who[who]
    own = scene.own_before[me]
    older = np.where(own >= 0, scene.own_before[own], -1)
    named = scene.named[start : start + len(who), :1]
    pair, new = log_p[:, :-1], log_p[:, -1:]
    parent, root = s.parent[who], s.root[who]
    grand = np.where(parent >= 0, scene.who[parent], -1)
    answered = sum((a[who] < me).astype(np.float32) for a in s.answers)
    by_me = [(a[who] < me) & (scene.who[np.minimum(a[who], n - 1)] == mine) for a in s.answers]
    key = _pair(mine, its, s.members) * n
    upto, low = np.searchsorted(s.links, key + me), np.searchsorted(s.links, key)
    talked = np.where(mine == its, 0, upto - low)
    last = s.links[np.maximum(upto - 1, 0)] % n if len(s.links) else np.zeros_like(who)
    gap = np.where(talked > 0, np.log1p(np.maximum(scene.minute[me] - scene.minute[last], 0)), 8)
    best = log_p.max(1, keepdims=True)
    my_grand = np.where(s.parent[own] >= 0, scene.who[s.parent[own]], -2)
    columns = [
        np.maximum(pair, -9), np.exp(pair), pair >= best, np.maximum(pair - best, -9),
        np.exp(new), (parent < 0) * s.sure[who], (grand == mine) * s.sure[who], (parent == own) & (own >= 0),
        (own >= 0) & (s.parent[own] == who), (own >= 0) & (root == s.root[own]), (older >= 0) & (root == s.root[older]),
        (named >= 0) & (grand == named), s.after[who] >= me, np.log1p(s.nth[who]), np.log1p(answered),
        by_me[0] | by_me[1] | by_me[2], np.log1p(talked), gap, (talked > 0) & (scene.who[last] == its) & (last == who),
        like_with(like, parent, me), (grand >= 0) & (own >= 0) & (grand == my_grand),
    ]  # fmt: skip
    return stack(columns, who.shape)
