"""The light model first, the encoder where it is unsure: two models that answer as one.

In: the light model's probabilities and the texts. Out: probabilities mixed with those of a tuned encoder
(nlp/finetune.py) for all texts (`best`) or for those where the light model is unsure (`balanced`). How much the
encoder counts for each output, and from which probability the light model is sure, is fitted on dev rows and stored
beside the encoder in cascade.json.
Example: `load_cascade(folder).refine(texts, features, probabilities, everything=True)`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlp.encoder import Encoder, TransformersEncoder, version_of
from nlp.layers import Layers, load_layers

FILE = "cascade.json"
AGREEMENT = 0.99
"""Share of the texts left to the light model on which the mixture would say the same."""
SHARES = np.round(np.arange(0, 0.85, 0.1), 1)


@dataclass(frozen=True, slots=True)
class Cascade:
    """A tuned encoder beside the light model; `shares` and `sure` are by output."""

    encoder: Encoder
    layers: Layers
    shares: Mapping[str, float]
    sure: Mapping[str, float]
    version: str

    def unsure(self, probabilities: Mapping[str, np.ndarray]) -> np.ndarray:
        """Rows on which the encoder has a say and the light model is unsure of some output, as booleans."""
        rows = len(next(iter(probabilities.values())))
        asked = np.zeros(rows, bool)
        for name, share in self.shares.items():
            if share > 0:
                asked |= probabilities[name].max(axis=1) < self.sure[name]
        return asked

    def refine(
        self,
        texts: Sequence[str],
        features: Mapping[str, np.ndarray],
        probabilities: Mapping[str, np.ndarray],
        *,
        everything: bool,
    ) -> dict[str, np.ndarray]:
        """Probabilities of every output, mixed with the encoder's on the rows that it is asked about."""
        asked = np.flatnonzero(np.ones(len(texts), bool) if everything else self.unsure(probabilities))
        result = {name: values.copy() for name, values in probabilities.items()}
        if not len(asked) or not any(self.shares.values()):
            return result
        vectors = self.encoder.encode([texts[i] for i in asked.tolist()])
        second = self.layers.probabilities(vectors, {name: values[asked] for name, values in features.items()})
        for name, share in self.shares.items():
            if share > 0:
                result[name][asked] = mix(probabilities[name][asked], second[name], share)
        return result


def mix(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """Weighted geometric mean of two sets of probabilities (rows, classes): `share` is the second's weight."""
    logits = (1 - share) * np.log(first + 1e-7) + share * np.log(second + 1e-7)
    values = np.exp(logits - logits.max(axis=1, keepdims=True))
    return values / values.sum(axis=1, keepdims=True)


def fit_output(first: np.ndarray, second: np.ndarray, label: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """(share of the second model, probability from which the first alone is sure) of one output.

    The share minimises the weighted log loss of the mixture; sure is the lowest probability above which the mixture
    changes at most 1 - AGREEMENT of the labels.
    """

    def surprise(share: float) -> float:
        return float(-(np.log(mix(first, second, share)[np.arange(len(label)), label] + 1e-7) * weight).sum())

    share = float(min(SHARES, key=surprise))
    top, same = first.max(axis=1), first.argmax(axis=1) == mix(first, second, share).argmax(axis=1)
    order = np.argsort(-top, kind="stable")
    agreed = np.cumsum(same[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(agreed >= AGREEMENT)
    return share, float(top[order[good[-1]]]) if share and len(good) else 0.0


def load_cascade(folder: Path, *, batch_size: int = 64) -> Cascade:
    """The cascade in an encoder folder. Raises FileNotFoundError when it was never fitted."""
    from nlp.precision import fastest

    path = folder / FILE
    if not path.is_file():
        raise FileNotFoundError(f"{path}: not there; quality balanced and best need it: nuanqun train heads")
    described = json.loads(path.read_text(encoding="utf-8"))
    encoder = TransformersEncoder.load(folder, batch_size=batch_size)
    encoder.model = fastest(encoder.model)
    version = f"{encoder.version}+{version_of('heads', folder / 'heads.safetensors')}"
    shares = {name: entry["share"] for name, entry in described.items()}
    sure = {name: entry["sure"] for name, entry in described.items()}
    return Cascade(encoder, load_layers(folder), shares, sure, version)


def save_cascade(fitted: Mapping[str, tuple[float, float]], folder: Path) -> None:
    """Write cascade.json: {output: {share, sure}}."""
    described = {name: {"share": share, "sure": round(sure, 4)} for name, (share, sure) in fitted.items()}
    (folder / FILE).write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
