"""What the light model and the encoder learn the heads by: sampling, augmentation, loss and calibration.

In: `Examples` (nlp/training_data.py) and vectors. Out: chances of rows, augmented texts, a loss, a calibrated layer.
Example: `rows = np.searchsorted(chances(examples), rng.random(64))`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from nlp.augment import disguise_text, share_link
from nlp.encoder import Encoder
from nlp.layers import Layer
from nlp.normalize import normalize_texts
from nlp.training_data import Examples

DISGUISED = 0.3
"""Share of the advertisements whose contact words are disguised anew, 0..1."""
LINKED = 0.05
"""Share of the ordinary messages that get a link, 0..1."""
SMOOTHING = 0.03
"""Label smoothing: public labels are 5 to 30 % wrong, 0..1."""


def augment(examples: Examples, rng: np.random.Generator) -> list[str]:
    """Training texts of the ads output: some advertisements disguised anew, some ordinary messages with a link."""
    texts = list(examples.texts)
    ways = (("ad", DISGUISED, disguise_text), ("not_ad", LINKED, share_link))
    for label, share, change in ways:
        mine = np.flatnonzero((examples.label == examples.classes.index(label)) & ~examples.dev)
        for i in rng.permutation(mine)[: int(len(mine) * share)].tolist():
            texts[i] = change(texts[i], rng)
    return texts


def chances(examples: Examples) -> np.ndarray:
    """Cumulative chances of the training rows, for sampling by searchsorted."""
    weight = np.where(examples.dev, 0.0, examples.weight)
    return np.cumsum(weight) / weight.sum()


def loss(
    layer: nn.Module, vectors: torch.Tensor, features: np.ndarray, examples: Examples, rows: np.ndarray
) -> torch.Tensor:
    """Mean cross entropy of `rows` over the classes that their sources can tell apart, with label smoothing."""
    logits = layer(torch.cat([vectors, torch.from_numpy(features)], dim=1))
    allowed = torch.from_numpy(examples.allowed[rows])
    logits = logits.masked_fill(~allowed, -1e4)
    label = torch.from_numpy(examples.label[rows])
    shares = functional.log_softmax(logits, dim=1)
    hit = shares.gather(1, label[:, None])[:, 0]
    spread = (shares * allowed).sum(1) / allowed.sum(1)
    return -((1 - SMOOTHING) * hit + SMOOTHING * spread).mean()


def dev_rows(examples: Examples, most: int = 0) -> np.ndarray:
    """Rows of the dev side, at most so many (0 = all), drawn at random."""
    rows = np.flatnonzero(examples.dev)
    return np.sort(np.random.default_rng(0).permutation(rows)[:most]) if most else rows


def calibrated(
    encoder: Encoder, layer: nn.Module, examples: Examples, rows: np.ndarray, features: np.ndarray
) -> tuple[Layer, float]:
    """The layer with the temperature that fits the dev `rows` best, and its accuracy there, weighted by source."""
    assert isinstance(layer, nn.Linear)
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    if not len(rows):
        return Layer(examples.classes, weight, bias, 1.0), float("nan")
    vectors = encoder.encode(normalize_texts([examples.texts[i][:1000] for i in rows]).texts)
    logits = np.concatenate([vectors, features], axis=1) @ weight.T + bias
    logits[~examples.allowed[rows]] = -1e4
    label, share = examples.label[rows], examples.weight[rows] / examples.weight[rows].sum()

    def surprise(temperature: float) -> float:
        scaled = logits / temperature
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float(((total - scaled[np.arange(len(rows)), label]) * share).sum())

    best = min(np.geomspace(0.3, 4, 60), key=surprise)
    accuracy = float(((logits.argmax(axis=1) == label) * share).sum())
    return Layer(examples.classes, weight, bias, float(best)), round(accuracy, 4)
