"""Back-test of reply links: annotated conversations (precision, recall, F1) and quote replies (top-1).

Links are compared over all annotated lines, a line that starts a conversation or that the system wrote counts as a
link to itself (Kummerfeld et al. 2019). For a quote reply its own target is hidden, those of earlier ones are known.
Example: `run(Path("m.parquet"), Path("l.parquet"))`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from community.annotated import Annotated, read_annotated
from community.mentions import find_mentions
from community.replies import by_rule, stated_parents
from community.reply_model import Network, guess_parents, shipped_networks
from community.settings import CommunitySettings
from community.talk import Talk
from nuanqun.backtest import bootstrap, result_of
from nuanqun.errors import NuanqunError

RULES = ("alone", "previous", "previous_other", "three_lines", "rule")


def run(
    messages: Path,
    links: Path | None = None,
    *,
    names: bool = True,
    every: int = 1,
    networks: dict[str, Network] | None = None,
) -> dict:
    """Judge the chats of the files; `names` False takes all names out first, `every` 4 judges one chat in four."""
    networks = networks or shipped_networks()
    if networks is None:
        raise NuanqunError("models/replies holds no weights: reinstall, or run `nuanqun train replies`")
    start = time.perf_counter()
    linked, quoted = [], []
    for chat in islice(read_annotated(messages, links, names=names), 0, None, every):
        if chat.explicit:
            quoted += [(chat.name, *hits) for hits in _judge_quotes(chat, networks)]
        else:
            linked += [(chat.name, *counts) for counts in _judge_links(chat, networks)]
    if not linked and not quoted:
        raise NuanqunError(f"{messages}: no annotated link found")
    result, baselines, ci95 = {}, {}, {}
    for rows, score in ((linked, _links_score), (quoted, _quote_score)):
        if rows:
            chats = [r[0] for r in rows]
            table = np.array([r[1:] for r in rows], float)
            found = score(table)
            result |= found.pop("model")
            baselines |= found
            ci95 |= bootstrap(chats, lambda kept, t=table, s=score: s(t[kept])["model"])
    return result_of("replies", len(linked) + len(quoted), baselines, result, ci95, time.perf_counter() - start)


def _judge_links(chat: Annotated, networks: dict[str, Network]) -> Iterator[tuple]:
    """Per annotated line: gold links, then whether the model and each rule hit one of them."""
    talk = chat.talk
    mentions = find_mentions(talk)
    guess = guess_parents(talk, mentions, np.full(len(talk.at), -1), networks)
    # without the guess of the previous speaker it is the 3-line rule of the literature
    rules = [
        by_rule(talk, mentions, CommunitySettings(turn_minutes=m))[0] for m in (-1, CommunitySettings().turn_minutes)
    ]
    found = [guess.parent, np.full(len(talk.at), -1), *previous_rows(talk), *rules]
    gold: dict[int, set[int]] = {}
    for row, parent in zip(chat.row.tolist(), chat.parent.tolist(), strict=True):
        gold.setdefault(row, set()).add(parent)
    for row, parents in gold.items():
        yield len(parents), *((row if p[row] < 0 else int(p[row])) in parents for p in found)


def previous_rows(talk: Talk) -> tuple[np.ndarray, np.ndarray]:
    """For every record the message before it, and the last one by another member; -1 = none or no message."""
    n = len(talk.at)
    before, other = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    said = np.flatnonzero(talk.said)
    before[said[1:]] = said[:-1]
    who = talk.sender[said]
    first = np.maximum.accumulate(np.where(np.diff(who, prepend=-2) != 0, np.arange(len(said)), 0))
    other[said] = np.where(first > 0, said[np.maximum(first - 1, 0)], -1)
    return before, other


def _links_score(table: np.ndarray) -> dict[str, dict[str, float]]:
    gold, found = table[:, 0].sum(), {}
    for place, name in enumerate(("model", *RULES), start=1):
        precision, recall = table[:, place].sum() / len(table), table[:, place].sum() / gold
        f1 = 2 * precision * recall / (precision + recall) if precision else 0.0
        found[name] = {"link_precision": precision, "link_recall": recall, "link_f1": f1}
    return found


def _judge_quotes(chat: Annotated, networks: dict[str, Network]) -> Iterator[tuple]:
    """Per quote reply: whether the model, the previous message and the previous by another member hit its target."""
    talk, stated = chat.talk, stated_parents(chat.talk)
    asked = np.zeros(len(talk.at), bool)
    asked[chat.row] = True
    guess = guess_parents(talk, find_mentions(talk), stated, networks, asked=~talk.said, quoting=asked).parent
    before, other = previous_rows(talk)
    for row, parent in zip(chat.row.tolist(), chat.parent.tolist(), strict=True):
        yield guess[row] == parent, before[row] == parent, other[row] == parent


def _quote_score(table: np.ndarray) -> dict[str, dict[str, float]]:
    names = ("model", "quotes_previous", "quotes_previous_other")
    return {name: {"top1": table[:, place].mean()} for place, name in enumerate(names)}
