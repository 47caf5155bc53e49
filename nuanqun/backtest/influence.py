"""Back-test of influence: the ranking at a day against the distinct members who answer in the 28 days after it.

In: a folder of histories, cut into windows by `community.train_influence`. Out: means over windows, of all and of each
source: small chats are far harder than big ones, so the mixture of sources decides the mean.
Example: `run(Path("groups"))`.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import igraph
import numpy as np

from community.influence import leader_rank, percentile
from community.influence_model import LOOK_BACK, best_per_pair, expected_answerers
from community.train_influence import Window, judge, out_of_fold, past_of, read_histories, windows
from nuanqun.backtest import bootstrap, result_of
from nuanqun.errors import NuanqunError

NAMES = ("spearman", "p_at_10")


def run(histories: Path, *, fit: bool = False) -> dict:
    """Spearman correlation and precision among the first ten, means over windows; `fit` adds cross-validation."""
    start = time.perf_counter()
    try:
        found = [window for history in read_histories(histories) for window in windows(history)]
    except FileNotFoundError as error:
        raise NuanqunError(str(error)) from error
    if not found:
        raise NuanqunError(f"{histories}: no chat there has 15 active members in any 84 days")
    chats = [f"{w.history.source} {w.history.chat}" for w in found]
    ours = np.array([judge(expected_answerers(w.rows), w.truth) for w in found])

    def measure(kept: np.ndarray) -> dict[str, float]:
        return _means(ours[kept])

    scored = [baselines(w) for w in found]
    others = {
        n: _means(np.array([judge(s[n], w.truth) for s, w in zip(scored, found, strict=True)])) for n in scored[0]
    }
    source = np.array([w.history.source for w in found])
    sources = {s: _means(ours[source == s]) | {"windows": int((source == s).sum())} for s in np.unique(source).tolist()}
    more: dict = {"chats": len(set(chats)), "sources": sources}
    if fit:
        folds = out_of_fold(found)
        more["fit"] = _means(np.array([judge(s, w.truth) for s, w in zip(folds, found, strict=True)]))
    result = measure(np.arange(len(found))) | {"windows": len(found)}
    ci95 = bootstrap(chats, measure)
    return result_of("influence", len(found), others, result, ci95, time.perf_counter() - start, **more)


def _means(marks: np.ndarray) -> dict[str, float]:
    return dict(zip(NAMES, marks.mean(0).tolist(), strict=True))


def baselines(w: Window) -> dict[str, np.ndarray]:
    """What other tools rank by, one value a ranked member."""
    past, m = past_of(w.history, w.today), w.history.members
    near = past.age < LOOK_BACK
    member, age = past.member[near], past.age[near]
    days = np.bincount(np.unique(member * LOOK_BACK + age) // LOOK_BACK, minlength=m).astype(float)
    pair, times = np.unique(past.to * m + past.by, return_counts=True)
    faded = best_per_pair(past.to * m + past.by, np.exp(-past.answer_age / 28))[1]
    reach = np.bincount(pair // m, faded, minlength=m)
    to, by, weight = pair // m, pair % m, np.log1p(times).tolist()
    graph = igraph.Graph(n=m, edges=np.column_stack([by, to]), directed=True)
    ranked = {
        "active_days": days,
        "messages": np.bincount(member, minlength=m),
        "repliers": np.bincount(to, minlength=m),
        "fading_repliers": reach,
        "page_rank": np.array(graph.pagerank(weights=weight)),
        "hits": _authority(graph, weight) if len(pair) else reach,
        "k_core": np.array(graph.as_undirected().coreness()),
        "leader_rank": leader_rank(by, to, np.array(weight), m),
    }
    ranked = {name: np.asarray(values, float)[w.who].round(9) for name, values in ranked.items()}
    both = percentile(ranked["active_days"]) + percentile(ranked["fading_repliers"])
    return ranked | {"days_and_fading_repliers": both}


def _authority(graph: igraph.Graph, weight: list[float]) -> np.ndarray:
    """HITS; that many are never answered is no news, so its warning about zeros is left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.array(graph.authority_score(weights=weight))
