"""Fits the cascade on dev rows: how much the encoder counts beside the light model, output by output.

In: the data folder, a light folder, a tuned encoder folder. Out: cascade.json in the latter, and by output the accuracy
of the light model, the encoder, their mixture (best) and the mixture where it is asked for (balanced).
Example: `fit_cascade(Path("data-folder"), Path("models/light"), Path("models/encoder"), seed=1)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.cascade import BUDGET, START, cost, expected_gain, fit_gain, fit_share, fit_turns, mix, save_cascade
from nlp.cues import find_cues
from nlp.encoder import Encoder, load_encoder
from nlp.encoder_card import write_encoder_card
from nlp.heads import heads
from nlp.layers import Layers, load_layers, output_features
from nlp.normalize import normalize_texts
from nlp.objective import dev_rows
from nlp.train import learned_outputs, update_manifest
from nlp.training_data import SOURCES, Examples, Source, load_examples

RESAMPLES = 1_000
MOST = 3_000
"""Most dev rows of an output."""


def fit_cascade(
    data: Path,
    light: Path,
    encoder: Path,
    *,
    seed: int,
    leave_out: Sequence[str] = (),
    sources: Sequence[Source] = SOURCES,
) -> dict[str, Any]:
    """Write cascade.json beside the encoder; return what was measured, by output.

    With `leave_out` (the sources that both models were trained without) only rows of those sources are used
    where an output has any: strangers tell better than neighbours how far a model carries.
    """
    examples = load_examples(data, learned_outputs(), seed=seed, leave_out=leave_out, sources=sources)
    models = [(load_encoder(str(folder)), load_layers(folder)) for folder in (light, encoder)]
    chosen = {name: _rows(found, leave_out) for name, found in examples.items()}
    seen = {
        name: [probabilities_of([found.texts[i] for i in chosen[name]], *model) for model in models]
        for name, found in examples.items()
    }
    shares, turns = {}, {}
    for name, found in examples.items():
        rows = chosen[name]
        first, second = (_among(one[name], found.allowed[rows]) for one in seen[name])
        shares[name] = fit_share(first, second, found.label[rows], found.weight[rows])
        gain = fit_gain(first, mix(first, second, shares[name]), found.label[rows], found.weight[rows])
        if not gain:  # a mixture that only says it more surely is no second opinion
            shares[name] = 0.0
        first, second = (one[name] for one in seen[name])
        turns[name] = fit_turns(first, mix(first, second, shares[name]), gain)
    ordinary = _ordinary(examples["ads"]) if "ads" in examples else []
    longest = getattr(models[1][0], "max_tokens", 256)

    def worth(texts: Sequence[str], probabilities: Mapping[str, np.ndarray]) -> np.ndarray:
        return expected_gain(shares, turns, probabilities) / cost(texts, longest)

    ask_from = _least(worth(ordinary, probabilities_of(ordinary, *models[0])), cost(ordinary, longest) - START)
    report = {}
    for name, found in examples.items():
        texts = [found.texts[i] for i in chosen[name]]
        asked = worth(texts, seen[name][0]) >= ask_from
        report[name] = {"share": shares[name]} | _measure(found, chosen[name], name, seen[name], shares[name], asked)
    save_cascade(shares, turns, ask_from, encoder)
    write_encoder_card(encoder, report, seed=seed)
    update_manifest(encoder)
    return report


def _least(worth: np.ndarray, tokens: np.ndarray) -> float:
    """The worth a token from which rows are asked, so that BUDGET of all tokens is spent; 0 without rows."""
    order = np.argsort(-worth, kind="stable")
    spent = np.cumsum(tokens[order])
    return float(worth[order[np.searchsorted(spent, BUDGET * spent[-1])]]) if len(order) else 0.0


def _ordinary(ads: Examples) -> list[str]:
    """Dev texts that are no advertisements, drawn by the weight of their sources: what a chat mostly holds."""
    weight = np.where(ads.dev & (ads.label == ads.classes.index("not_ad")), ads.weight, 0.0)
    rows = np.random.default_rng(0).choice(len(weight), MOST, p=weight / weight.sum()) if weight.any() else []
    return [ads.texts[i] for i in rows]


def _measure(
    found: Examples,
    rows: np.ndarray,
    name: str,
    seen: Sequence[Mapping[str, np.ndarray]],
    share: float,
    asked: np.ndarray,
) -> dict[str, Any]:
    """Accuracy of each way to answer, which rows balanced asks about, and how often it says what best says."""
    first, second = (_among(one[name], found.allowed[rows]) for one in seen)
    best = mix(first, second, share)
    answers = {
        who: values.argmax(axis=1)
        for who, values in (("light", first), ("encoder", second), ("best", best),
                            ("balanced", np.where(asked[:, None], best, first)))
    }  # fmt: skip
    weight = found.weight[rows] / found.weight[rows].sum()
    scores = {who: _accuracy(said == found.label[rows], weight) for who, said in answers.items()}
    agreed = {f"{who}_as_best": (answers[who] == answers["best"]).mean() for who in ("light", "balanced")}
    agreed = {name: round(float(share), 4) for name, share in agreed.items()}
    return {"n": len(rows), **scores, **agreed, "asked": round(float(asked.mean()), 4)}


def _accuracy(right: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
    """Accuracy weighted by source, with its 95 % bootstrap interval over rows."""
    draws = np.random.default_rng(0).integers(len(right), size=(RESAMPLES, len(right)))
    many = (right * weight)[draws].sum(axis=1) / weight[draws].sum(axis=1)
    low, high = np.percentile(many, [2.5, 97.5])
    return {"accuracy": round(float((right * weight).sum()), 4), "ci95": [round(float(low), 4), round(float(high), 4)]}


def _rows(examples: Examples, leave_out: Sequence[str]) -> np.ndarray:
    """Dev rows; of the left-out sources alone where there are some."""
    rows = np.flatnonzero(examples.dev)
    names = np.array([bool(set(name.split("+")) & set(leave_out)) for name in examples.names])
    strange = rows[names[examples.source[rows]]]
    chosen = strange if len(strange) else rows
    return np.sort(np.random.default_rng(0).permutation(chosen)[:MOST]) if leave_out else dev_rows(examples, MOST)


def probabilities_of(texts: Sequence[str], encoder: Encoder, layers: Layers) -> dict[str, np.ndarray]:
    """What one model says alone: probabilities of every output (rows, classes)."""
    normalized = normalize_texts([text[:1000] for text in texts])
    features = output_features(heads().values(), find_cues(normalized))
    return layers.probabilities(encoder.encode(normalized.texts), features)


def _among(probabilities: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Probabilities over the classes that a row's source can tell apart."""
    found = np.where(allowed, probabilities, 1e-7)
    return found / found.sum(axis=1, keepdims=True)
