"""Trains the light encoder and every head together, and writes models/light.

In: the folder of nlp/training_data.py. Out: weights.safetensors, config.json, heads.safetensors, heads.json,
MODEL_CARD.md, and their sha256 in models/manifest.json. One thread, a few minutes, same seed same weights.
Example: `train_light(Path("data-folder"), Path("models/light"), seed=1)`.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import nn

from nlp.cues import find_cues
from nlp.deduplicate import without_duplicates
from nlp.distil import Answers, answers, answers_loss, sample_texts
from nlp.heads import heads
from nlp.layers import Layers, output_features, save_layers
from nlp.light import LightEncoder, LightSettings, save_light
from nlp.light_net import GramRows, LightNet, weights_of
from nlp.normalize import normalize_texts
from nlp.objective import augment, calibrated, chances, dev_rows, loss
from nlp.training_data import SOURCES, Examples, Source, load_examples

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How the light model is trained."""

    steps: int = 1_600
    """Optimiser steps."""
    rate: float = 0.3
    """Peak learning rate of AdamW; one warm-up, then a cosine to zero."""
    epsilon: float = 1e-2
    """Added to AdamW's step size. Large, so that a rare n-gram moves little: with the usual 1e-8 every rare n-gram
    learns its few texts by heart, which costs 3 to 6 points on unseen openings (measured)."""
    decay: float = 0.1
    """Weight decay."""
    gram_dropout: float = 0.5
    """Share of n-grams hidden in each step: keeps the model from leaning on single strings of one source, 0..1."""
    rows: tuple[tuple[str, int], ...] = (("ads", 384), ("polarity", 288), ("topic", 256), ("emotion", 192))
    """Rows of these outputs in one step."""
    other_rows: int = 96
    """Rows of every other output in one step."""
    answered_rows: int = 768
    """Rows in one step that a teacher has answered, if there is one."""
    answers: int = 400_000
    """Unlabelled texts that the teacher answers."""
    trust: float = 1.0
    """Weight of the teacher's answers beside the labels."""


TAUGHT = TrainSettings(steps=2_400, rate=0.12)
"""With a teacher: its answers add to the gradient, which at the rate for labels alone leaves the path (measured)."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Examples with everything computed once."""

    examples: Examples
    grams: GramRows
    features: np.ndarray


def train_light(
    data: Path,
    out: Path,
    *,
    seed: int = 1,
    settings: TrainSettings | None = None,
    size: LightSettings | None = None,
    leave_out: Sequence[str] = (),
    sources: Sequence[Source] = SOURCES,
    teacher: tuple[Path, Path] | None = None,
    card: bool = True,
    strangers: bool = False,
) -> dict[str, float]:
    """Train on the data folder and write the model to `out`; return seconds and dev accuracy by output.

    `leave_out` names sources, files or kinds that are not trained on. `teacher` is a light model and a tuned encoder
    with its cascade: what they say together about unlabelled texts is learned beside the labels. `card` measures the
    model and writes MODEL_CARD.md; `strangers` adds scores on left-out sources, which takes three more trainings.
    """
    settings, size = settings or (TAUGHT if teacher else TrainSettings()), size or LightSettings()
    started = time.monotonic()
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    examples = load_examples(data, learned_outputs(), seed=seed, leave_out=leave_out, sources=sources)
    examples = {name: without_duplicates(found) for name, found in examples.items()}
    prepared = {name: _prepare(name, found, size, seed) for name, found in examples.items()}
    log.info("prepared %d examples", sum(len(p.examples.texts) for p in prepared.values()))
    layers = nn.ModuleDict(
        {
            name: nn.Linear(size.width + size.hidden + p.features.shape[1], len(p.examples.classes))
            for name, p in prepared.items()
        }
    )
    given = answers(sample_texts(data, settings.answers, seed=seed), *teacher) if teacher else None
    net = _new_net(size)
    _fit(net, layers, prepared, given, settings, np.random.default_rng(seed))
    encoder = LightEncoder(size, weights_of(net))
    result, report = {}, {}
    for name, p in prepared.items():
        rows = dev_rows(p.examples)
        result[name], report[name] = calibrated(encoder, layers[name], p.examples, rows, p.features[rows])
    save_light(encoder, out)
    save_layers(Layers(result), out)
    report["seconds"] = round(time.monotonic() - started, 1)
    if card:
        from nlp.model_card import cross_source_scores, write_card

        rows = cross_source_scores(data, seed=seed) if strangers else []
        write_card(out, data, report, seed=seed, strangers=rows)
    update_manifest(out)
    return report


def learned_outputs() -> dict[str, tuple[str, ...]]:
    """Every output that a head learns: name -> classes."""
    return {name: classes for head in heads().values() for name, classes in head.outputs.items()}


def _new_net(size: LightSettings) -> LightNet:
    net = LightNet(size)
    nn.init.normal_(net.bag.weight, std=0.02)
    return net


def _prepare(name: str, examples: Examples, size: LightSettings, seed: int) -> Prepared:
    texts = augment(examples, np.random.default_rng(seed)) if name == "ads" else examples.texts
    rows, features = [], []
    for first in range(0, len(texts), 20_000):
        normalized = normalize_texts([text[:1000] for text in texts[first : first + 20_000]])
        rows.append(GramRows.of(normalized.texts, size))
        features.append(output_features(heads().values(), find_cues(normalized))[name])
    return Prepared(examples, GramRows.joined(rows), np.concatenate(features))


def _fit(
    net: LightNet,
    layers: nn.ModuleDict,
    prepared: Mapping[str, Prepared],
    given: Answers | None,
    settings: TrainSettings,
    rng: np.random.Generator,
) -> None:
    """Every step takes rows of every output, so that no task pulls the shared embedding alone."""
    parameters = [*net.parameters(), *layers.parameters()]
    optimizer = torch.optim.AdamW(
        parameters, lr=settings.rate, eps=settings.epsilon, weight_decay=settings.decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.rate, total_steps=settings.steps, pct_start=0.1)
    odds = {name: chances(p.examples) for name, p in prepared.items()}
    sizes = {name: dict(settings.rows).get(name, settings.other_rows) for name in prepared}
    answered = GramRows.of(given.texts, net.settings) if given else GramRows.empty()
    for step in range(settings.steps):
        chosen = {name: np.searchsorted(odds[name], rng.random(n)) for name, n in sizes.items()}
        drawn = [prepared[name].grams.drawn(rows, settings.gram_dropout, rng) for name, rows in chosen.items()]
        if given:
            rows = rng.integers(len(given.texts), size=settings.answered_rows)
            drawn.append(answered.drawn(rows, settings.gram_dropout, rng))
        vectors = net.of_parts(drawn)
        losses = [
            loss(layers[name], part, prepared[name].features[chosen[name]], prepared[name].examples, chosen[name])
            for name, part in zip(sizes, vectors, strict=False)
        ]
        if given:
            losses.append(settings.trust * answers_loss(layers, vectors[-1], given, rows))
        total = torch.stack(losses).sum()
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 0:
            log.info("step %d of %d: loss %.3f", step, settings.steps, total.item())


def update_manifest(folder: Path) -> None:
    """Write the sha256 of every file of `folder` into manifest.json beside it; other entries stay."""
    path = folder.parent / "manifest.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known = {name: value for name, value in known.items() if not name.startswith(f"{folder.name}/")}
    for file in sorted(folder.iterdir()):
        known[f"{folder.name}/{file.name}"] = sha256(file.read_bytes()).hexdigest()
    path.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", encoding="utf-8")
