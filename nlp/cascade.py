"""The light model first, the encoder where it is unsure: two models that answer as one.

In: the light model's probabilities and the texts. Out: probabilities mixed with those of a tuned encoder
(nlp/finetune.py) for all texts (`best`) or for the few that matter most (`balanced`): those where the light model
stands so near to a decision that the mixture would likely decide otherwise, and better, for what its tokens cost. How
much the encoder counts for each output, how likely it turns a label at which margin and with what gain, and from
which expected gain a token it is asked, is fitted on dev rows and stored beside the encoder in cascade.json.
Example: `load_cascade(folder).refine(texts, features, probabilities, everything=True)`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nlp.encoder import TransformersEncoder, models_version, version_of
from nlp.layers import Layers, load_layers

FILE = "cascade.json"
BUDGET = 0.125
"""Share of the tokens of ordinary messages that `balanced` gives to the encoder, 0..1: as much as leaves 10,000 short
messages a processor second (ADR 0030)."""
START = 64
"""What asking is counted to cost beside the text's own tokens, in tokens: with less, nearly all that is spent goes to
the shortest texts, with more to the longest."""
SHARES = np.round(np.arange(0, 0.85, 0.1), 1)


@dataclass(frozen=True, slots=True)
class Turns:
    """How likely the mixture says otherwise than the light model: logistic in its margin (top two log-odds).

    `gain` is what a turned label is worth: labels put right less labels spoilt, for each one turned (0 = nothing).
    """

    level: float
    slope: float
    gain: float

    def chance(self, probabilities: np.ndarray) -> np.ndarray:
        """Chance of each row, 0..1."""
        return 1 / (1 + np.exp(np.clip(self.slope * margin(probabilities) - self.level, -50, 50)))


@dataclass(frozen=True, slots=True)
class Cascade:
    """A tuned encoder beside the light model; `shares` (weight of the encoder) and `turns` are by output."""

    encoder: TransformersEncoder
    layers: Layers
    shares: Mapping[str, float]
    turns: Mapping[str, Turns]
    ask_from: float
    version: str

    def unsure(self, texts: Sequence[str], probabilities: Mapping[str, np.ndarray]) -> np.ndarray:
        """Rows on which the encoder would put enough labels right for the tokens that it reads, as booleans."""
        gain = expected_gain(self.shares, self.turns, probabilities)
        return gain >= self.ask_from * cost(texts, self.encoder.max_tokens)

    def refine(
        self,
        texts: Sequence[str],
        features: Mapping[str, np.ndarray],
        probabilities: Mapping[str, np.ndarray],
        *,
        everything: bool,
    ) -> dict[str, np.ndarray]:
        """Probabilities of every output, mixed with the encoder's on the rows that it is asked about."""
        asked = np.flatnonzero(np.ones(len(texts), bool) if everything else self.unsure(texts, probabilities))
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


def margin(probabilities: np.ndarray) -> np.ndarray:
    """Log-odds between the two likeliest classes of each row, from 0."""
    top = np.sort(probabilities, axis=1)[:, -2:]
    return np.log(top[:, 1] + 1e-7) - np.log(top[:, 0] + 1e-7)


def expected_gain(
    shares: Mapping[str, float], turns: Mapping[str, Turns], probabilities: Mapping[str, np.ndarray]
) -> np.ndarray:
    """How many labels of each row the mixture is expected to put right; the kind of an ad counts only if it is one."""
    worth = np.zeros(len(next(iter(probabilities.values()))))
    for name in (name for name, share in shares.items() if share > 0):
        matters = probabilities["ads"][:, 1] if name == "ads_kind" else 1.0
        worth += turns[name].gain * turns[name].chance(probabilities[name]) * matters
    return worth


def cost(texts: Sequence[str], longest: int) -> np.ndarray:
    """What asking about each text costs, in tokens, by its characters; an encoder reads `longest` of them at most."""
    return START + np.minimum(np.fromiter(map(len, texts), np.int64, len(texts)), longest)


def fit_share(first: np.ndarray, second: np.ndarray, label: np.ndarray, weight: np.ndarray) -> float:
    """The share of the second model that minimises the weighted log loss of the mixture."""

    def surprise(share: float) -> float:
        return float(-(np.log(mix(first, second, share)[np.arange(len(label)), label] + 1e-7) * weight).sum())

    return float(min(SHARES, key=surprise))


def fit_turns(first: np.ndarray, mixed: np.ndarray, gain: float) -> Turns:
    """How likely the mixture turns a label of the first model at which margin: one logistic regression."""
    from sklearn.linear_model import LogisticRegression

    turned = first.argmax(axis=1) != mixed.argmax(axis=1)
    if not turned.any() or turned.all():
        return Turns(20.0 if turned.any() else -20.0, 0.0, gain)
    model = LogisticRegression().fit(margin(first)[:, None], turned)
    return Turns(float(model.intercept_[0]), float(-model.coef_[0, 0]), gain)


def fit_gain(first: np.ndarray, mixed: np.ndarray, label: np.ndarray, weight: np.ndarray) -> float:
    """Weighted labels put right less those spoilt, for each label that the mixture turns; never below 0."""
    before, after = first.argmax(axis=1), mixed.argmax(axis=1)
    turned = float(weight[before != after].sum())
    gained = float((weight * ((after == label).astype(float) - (before == label))).sum())
    return max(gained, 0.0) / turned if turned else 0.0


def load_cascade(folder: Path, *, batch_size: int = 64) -> Cascade:
    """The cascade in an encoder folder. Raises FileNotFoundError when it was never fitted."""
    from nlp.precision import fastest

    path = folder / FILE
    if not path.is_file():
        raise FileNotFoundError(f"{path}: not there; quality balanced and best need it: nuanqun train heads")
    described = json.loads(path.read_text(encoding="utf-8"))
    encoder = TransformersEncoder.load(folder, batch_size=batch_size)
    encoder.model = fastest(encoder.model)
    outputs = described["outputs"]
    shares = {name: entry["share"] for name, entry in outputs.items()}
    turns = {name: Turns(entry["level"], entry["slope"], entry["gain"]) for name, entry in outputs.items()}
    return Cascade(encoder, load_layers(folder), shares, turns, described["ask_from"], cascade_version(folder))


def cascade_version(folder: Path) -> str:
    """The versions of the encoder in a folder, of its heads and of how they are asked."""
    return f"{models_version(folder)}+{version_of('asked', folder / FILE)}"


def save_cascade(shares: Mapping[str, float], turns: Mapping[str, Turns], ask_from: float, folder: Path) -> None:
    """Write cascade.json: {ask_from (labels put right a token), outputs: {output: {share, level, slope, gain}}}."""
    outputs = {
        name: {"share": share, **{key: round(value, 4) for key, value in asdict(turns[name]).items()}}
        for name, share in shares.items()
    }
    text = json.dumps({"ask_from": round(ask_from, 6), "outputs": outputs}, indent=2)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")
