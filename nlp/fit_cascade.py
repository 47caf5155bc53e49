"""Fits the cascade on dev rows: how much the encoder counts beside the light model, output by output.

In: the data folder, a light folder, a tuned encoder folder. Out: cascade.json in the latter, and the scores that speak
for the shares: log loss and accuracy of the light model, the encoder and their mixture, by output.
Example: `fit_cascade(Path("data-folder"), Path("models/light"), Path("models/encoder"), seed=1)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.cascade import fit_output, mix, save_cascade
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
    fitted, report = {}, {}
    for name, found in examples.items():
        rows = _rows(found, leave_out)
        first, second = (_probabilities(found, rows, name, *model) for model in models)
        label, weight = found.label[rows], found.weight[rows] / found.weight[rows].sum()
        fitted[name] = fit_output(first, second, label, weight)
        mixed = mix(first, second, fitted[name][0])
        report[name] = {"n": len(rows), "share": fitted[name][0], "sure": fitted[name][1]} | {
            who: _accuracy(p.argmax(axis=1) == label, weight)
            for who, p in (("light", first), ("encoder", second), ("mixture", mixed))
        }
        report[name]["asked"] = round(float((first.max(axis=1) < fitted[name][1]).mean()), 4)
    save_cascade(fitted, encoder)
    write_encoder_card(encoder, report, seed=seed)
    update_manifest(encoder)
    return report


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


def _probabilities(examples: Examples, rows: np.ndarray, name: str, encoder: Encoder, layers: Layers) -> np.ndarray:
    normalized = normalize_texts([examples.texts[i][:1000] for i in rows])
    features = output_features(heads().values(), find_cues(normalized))
    one = Layers({name: layers.layers[name]})
    found = one.probabilities(encoder.encode(normalized.texts), features)[name]
    found = np.where(examples.allowed[rows], found, 1e-7)
    return found / found.sum(axis=1, keepdims=True)
