"""Fits every head on a transformers encoder, and the encoder with them: `nuanqun train heads`.

In: the data folder of nlp/training_data.py, an encoder folder (ours or any Hugging Face one). Out: a folder with the
tuned encoder (model.safetensors, config, tokenizer), heads.safetensors and heads.json. One forward pass serves all
heads: each batch mixes rows of all of them, texts of like length together.
Example: `train_heads(Path("data-folder"), Path("models/encoder"), Path("models/encoder"), seed=1)`.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import torch
from torch import nn

from nlp.checkpoint import checkpoint_state, drop_checkpoint, load_checkpoint, save_checkpoint
from nlp.cues import find_cues
from nlp.deduplicate import without_duplicates
from nlp.encoder import TransformersEncoder, encoder_folder
from nlp.heads import heads
from nlp.layers import Layers, output_features, save_layers
from nlp.normalize import normalize_texts
from nlp.objective import augment, calibrated, chances, dev_rows, loss
from nlp.train import learned_outputs, update_manifest
from nlp.training_data import SOURCES, Examples, Source, load_examples
from nlp.vocabulary import Tokens

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """How an encoder and its heads are tuned."""

    rows: int = 160_000
    """Rows drawn in all, over all outputs."""
    minutes: float = 0.0
    """Stop after so many minutes if the rows are not through; 0 = never."""
    batch: int = 64
    """Rows of one step."""
    rate: float = 6e-4
    """Peak learning rate of the encoder; the heads learn five times as fast."""
    dropout: float = 0.1
    """Share of the vectors' numbers that are hidden from the heads in training, 0..1."""
    longest: int = 64
    """Most tokens of a training row."""
    dev: int = 2_000
    """Most dev rows of an output that set its temperature."""
    checkpoint_minutes: float = 5.0
    """Minutes between checkpoints."""
    shares: tuple[tuple[str, float], ...] = (("ads", 4), ("polarity", 4), ("topic", 3), ("emotion", 2), ("toxicity", 2))
    """Rows of these outputs, for each row of another output."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Drawn rows, ready for training: output and row of each, tokens, features by output."""

    output: np.ndarray
    row: np.ndarray
    tokens: Tokens
    features: Mapping[str, np.ndarray]


def train_heads(
    data: Path,
    encoder: str | Path,
    out: Path,
    *,
    seed: int = 1,
    settings: HeadSettings | None = None,
    leave_out: Sequence[str] = (),
    sources: Sequence[Source] = SOURCES,
) -> dict[str, float]:
    """Tune the encoder in the folder `encoder` with all heads, write it to `out`; return seconds, dev accuracies.

    Goes on from the checkpoint in `out` when a run with the same settings was cut.
    """
    settings, started = settings or HeadSettings(), time.monotonic()
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    examples = load_examples(data, learned_outputs(), seed=seed, leave_out=leave_out, sources=sources)
    examples = {name: without_duplicates(found) for name, found in examples.items()}
    tuned = TransformersEncoder.load(encoder_folder(str(encoder)))
    features = {name: found.shape[1] for name, found in _features([""]).items()}
    layers = nn.ModuleDict(
        {name: nn.Linear(tuned.dim + features[name], len(e.classes)) for name, e in examples.items()}
    )
    done, seconds = _fit(tuned, layers, examples, settings, seed, out)
    result, report = {}, {}
    for name, found in examples.items():
        rows = dev_rows(found, settings.dev)
        seen = _features([found.texts[i] for i in rows])[name] if len(rows) else np.zeros((0, features[name]))
        result[name], report[name] = calibrated(tuned, layers[name], found, rows, seen)
    out.mkdir(parents=True, exist_ok=True)
    cost: dict[str, float] = {"tuning_rows": done, "tuning_seconds": round(seconds)}
    if state := checkpoint_state(encoder_folder(str(encoder))):
        cost |= {"pretraining_tokens": state["tokens"], "pretraining_seconds": round(state["seconds"])}
    (out / "training.json").write_text(json.dumps(cost, indent=2) + "\n", encoding="utf-8")
    # In 16 bits: half the size, and the format in which it is run anyway.
    tuned.model.to(torch.bfloat16).save_pretrained(out)
    tuned.tokenizer.save_pretrained(out)
    (out / "model.safetensors").chmod(0o644)
    save_layers(Layers(result), out)
    drop_checkpoint(out)
    update_manifest(out)
    return report | {"seconds": round(time.monotonic() - started, 1)}


def _features(texts: Sequence[str]) -> dict[str, np.ndarray]:
    return output_features(heads().values(), find_cues(normalize_texts([text[:1000] for text in texts])))


def _fit(
    encoder: TransformersEncoder,
    layers: nn.ModuleDict,
    examples: Mapping[str, Examples],
    settings: HeadSettings,
    seed: int,
    out: Path,
) -> tuple[int, float]:
    """Train in place, with checkpoints in `out`; returns the rows that were seen, and the seconds it took."""
    encoder.max_tokens, most = settings.longest, encoder.max_tokens
    encoder.model.set_attn_implementation("eager")  # on short rows a third faster to train than the fused kernel
    encoder.model.train()
    groups = [
        {"params": list(encoder.model.parameters()), "peak": settings.rate},
        {"params": list(layers.parameters()), "peak": 5 * settings.rate},
    ]
    optimizer = torch.optim.AdamW(groups, lr=settings.rate, weight_decay=0.01, fused=True)
    whole = nn.ModuleDict({"encoder": encoder.model, "heads": layers})
    state = load_checkpoint([optimizer], out, whole) or {"pools": 0, "rows": 0, "seconds": 0.0, "seed": seed}
    clock = saved = time.monotonic()
    mean = 0.0
    for number, pool, batches in _pools(encoder, examples, settings, seed, state["pools"]):
        torch.manual_seed(1_000 * seed + number)  # hidden numbers too are the same after a cut
        for rows in batches:
            spent = state["seconds"] / (settings.minutes * 60) if settings.minutes else 0.0
            share = max(state["rows"] / settings.rows, spent)
            if share >= 1:
                break
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * min(1.0, share / 0.06 + 1e-2) * (1 - share)
            mean = 0.98 * mean + 0.02 * _step(encoder, layers, optimizer, examples, pool, rows, settings)
            now = time.monotonic()
            state["rows"], state["seconds"], clock = state["rows"] + len(rows), state["seconds"] + now - clock, now
        if max(state["rows"] / settings.rows, state["seconds"] / (settings.minutes * 60 or np.inf)) >= 1:
            break
        state["pools"] = number + 1
        log.info("%d of %d rows in %.0f s: loss %.3f", state["rows"], settings.rows, state["seconds"], mean)
        if clock - saved > settings.checkpoint_minutes * 60:
            save_checkpoint([optimizer], state, out, whole)
            saved = clock
    encoder.model.eval()
    encoder.max_tokens = most
    return state["rows"], state["seconds"]


def _step(
    encoder: TransformersEncoder,
    layers: nn.ModuleDict,
    optimizer: torch.optim.Optimizer,
    examples: Mapping[str, Examples],
    pool: Pool,
    rows: np.ndarray,
    settings: HeadSettings,
) -> float:
    total = _loss(encoder, layers, examples, pool, rows, settings)
    optimizer.zero_grad()
    total.backward()
    torch.nn.utils.clip_grad_norm_(encoder.model.parameters(), 1.0)
    optimizer.step()
    return total.item()


def _loss(
    encoder: TransformersEncoder,
    layers: nn.ModuleDict,
    examples: Mapping[str, Examples],
    pool: Pool,
    rows: np.ndarray,
    settings: HeadSettings,
) -> torch.Tensor:
    """Mean loss of a batch whose rows belong to different outputs."""
    with torch.autocast("cpu", torch.bfloat16):
        vectors = encoder.vectors(pool.tokens, rows)
    vectors = nn.functional.dropout(vectors.float(), settings.dropout)
    parts = []
    for index, (name, found) in enumerate(examples.items()):
        mine = np.flatnonzero(pool.output[rows] == index)
        if len(mine):
            chosen = rows[mine]
            part = loss(layers[name], vectors[mine], pool.features[name][chosen], found, pool.row[chosen])
            parts.append(part * len(mine))
    return torch.stack(parts).sum() / len(rows)


def _pools(
    encoder: TransformersEncoder, examples: Mapping[str, Examples], settings: HeadSettings, seed: int, first: int
) -> Iterator[tuple[int, Pool, list[np.ndarray]]]:
    """Endless pools from number `first` on, each with its batches: rows drawn by the sources' weights, of like length.

    A pool depends on the seed and its number alone, so that a run that was cut goes on as it would have gone.
    """
    odds = [chances(found) for found in examples.values()]
    shares = np.array([dict(settings.shares).get(name, 1.0) for name in examples])
    start = np.random.default_rng(seed)
    texts = [augment(found, start) if name == "ads" else found.texts for name, found in examples.items()]
    size = max(1, min(8_192, settings.rows) // settings.batch) * settings.batch
    for number in count(first):
        rng = np.random.default_rng((seed, number))
        output = rng.choice(len(shares), size, p=shares / shares.sum())
        row = np.array([np.searchsorted(odds[i], rng.random()) for i in output])
        mine = [texts[i][k][:400] for i, k in zip(output.tolist(), row.tolist(), strict=True)]
        normalized = normalize_texts(mine)
        features = output_features(heads().values(), find_cues(normalized))
        pool = Pool(output, row, encoder.tokens(normalized.texts), features)
        order = np.argsort(np.diff(pool.tokens.offsets) + rng.random(size), kind="stable")
        parts = np.split(order, size // settings.batch)
        yield number, pool, [parts[i] for i in rng.permutation(len(parts)).tolist()]
