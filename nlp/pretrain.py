"""Pre-trains our encoder from nothing by masked language modelling, on one CPU core or a GPU.

In: the corpus of nlp/pretrain_data.py. Out: a Hugging Face folder (model.safetensors, config.json, tokenizer), and a
checkpoint from which the same command goes on. Made for a budget of an hour on one core, so each choice serves what
is learned per token: embeddings start from co-occurrence counts instead of noise, matrices are trained by Muon
(Jordan et al. 2024), a third of the tokens is hidden in spans of one to three characters, and emoticons nearly
always, because guessing them teaches mood (Felbo et al. 2017). Example: `pretrain(corpus, Path("models/encoder"))`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from nlp.checkpoint import load_checkpoint, save_checkpoint
from nlp.cooccurrence import embed_tokens
from nlp.pretrain_data import Corpus
from nlp.vocabulary import Tokens, pad

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PretrainSettings:
    """Size of the encoder and how it is pre-trained."""

    layers: int = 3
    """Transformer layers."""
    width: int = 256
    """Numbers a token."""
    attention: int = 4
    """Attention heads."""
    longest: int = 64
    """Most tokens of a training row."""
    positions: int = 256
    """Most tokens at inference."""
    tokens: int = 100_000_000
    """Tokens to train on, padding not counted."""
    minutes: float = 0.0
    """Stop after so many minutes of training if the tokens are not reached; 0 = never."""
    batch: int = 8_192
    """Tokens of one step."""
    rate: float = 2e-3
    """Peak learning rate of the matrices (Muon, matched to AdamW's step)."""
    vector_rate: float = 2e-3
    """Peak learning rate of embeddings, biases and norms (AdamW)."""
    warm_up: float = 0.02
    """Share of the training in which the rate rises; it stays, then falls to zero over the last 40 %."""
    masked: float = 0.3
    """Share of the tokens that are hidden."""
    checkpoint_minutes: float = 10.0
    """Minutes between checkpoints."""
    seed: int = 1
    """Same seed, same corpus, same machine: same weights (unless `minutes` ends the training)."""


def pretrain(corpus: Corpus, out: Path, settings: PretrainSettings | None = None) -> dict[str, float]:
    """Train to the end of the budget, or go on from the checkpoint in `out`; return tokens, seconds, loss."""
    settings = settings or PretrainSettings()
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = new_model(corpus, settings).to(device)
    optimizers = _optimizers(model, settings)
    state = _resume(model, optimizers, out) or {"step": 0, "tokens": 0, "seconds": 0.0}
    saved = time.monotonic()
    clock, mean = saved, float("nan")
    for step, batch in enumerate(_batches(corpus, settings)):
        if step < state["step"]:
            continue
        share = _share(state, settings)
        if share >= 1:
            break
        loss = _step(model, optimizers, batch, _rate(share, settings), corpus, settings, step, device)
        mean = loss if np.isnan(mean) else 0.98 * mean + 0.02 * loss
        now = time.monotonic()
        state["seconds"] += now - clock
        state["step"], clock = step + 1, now
        state["tokens"] += int((batch != corpus.tokenizer.pad_token_id).sum())
        if step % 100 == 0:
            speed = state["tokens"] / state["seconds"]
            log.info("step %d: %.2f M tokens, loss %.3f, %.0f tokens/s", step, state["tokens"] / 1e6, mean, speed)
        if now - saved > settings.checkpoint_minutes * 60:
            save(model, optimizers, corpus.tokenizer, out, state)
            saved = time.monotonic()
    save(model, optimizers, corpus.tokenizer, out, state)
    return {"tokens": state["tokens"], "seconds": round(state["seconds"], 1), "loss": round(mean, 4)}


def new_model(corpus: Corpus, settings: PretrainSettings) -> Any:
    """A masked language model whose embeddings start from co-occurrence counts."""
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig.from_dict(
        {
            "vocab_size": len(corpus.tokenizer),
            "hidden_size": settings.width,
            "num_hidden_layers": settings.layers,
            "num_attention_heads": settings.attention,
            "intermediate_size": 4 * settings.width,
            "max_position_embeddings": settings.positions,
            "type_vocab_size": 1,
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
            "pad_token_id": corpus.tokenizer.pad_token_id,
            "tokens": "characters",  # whose ids nlp/vocabulary.py finds by its table
            "longest": settings.longest,  # what nlp/encoder.py reads of a text
        }
    )
    # Short rows: plain attention trains half again as fast on a CPU as the fused kernel.
    config._attn_implementation = "eager"
    model: Any = BertForMaskedLM(config)
    start = torch.from_numpy(embed_tokens(corpus, settings.width))
    known = start.abs().sum(1) > 0
    with torch.no_grad():
        model.get_input_embeddings().weight[known] = start[known]
    return model.train()


def _optimizers(model: Any, settings: PretrainSettings) -> list[torch.optim.Optimizer]:
    matrices, vectors = [], []
    for name, parameter in model.named_parameters():
        inner = ".layer." in name and parameter.ndim == 2
        (matrices if inner else vectors).append(parameter)
    muon = torch.optim.Muon(matrices, lr=settings.rate, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
    return [muon, torch.optim.AdamW(vectors, lr=settings.vector_rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True)]


def _share(state: dict[str, Any], settings: PretrainSettings) -> float:
    """How much of the budget is used, 0..1."""
    spent = state["seconds"] / (settings.minutes * 60) if settings.minutes else 0.0
    return max(state["tokens"] / settings.tokens, spent)


def _rate(share: float, settings: PretrainSettings) -> float:
    """Learning rate as a share of its peak: up, flat, down."""
    return min(1.0, (share + 1e-3) / settings.warm_up, (1 - share) / 0.4)


def _batches(corpus: Corpus, settings: PretrainSettings) -> Iterator[np.ndarray]:
    """Endless padded batches (rows, longest of the batch) of texts of like length, in random order."""
    sizes = np.minimum(np.diff(corpus.bounds), settings.longest)
    empty = np.zeros(0, np.int64)
    texts = Tokens(corpus.ids, corpus.bounds, empty, empty)
    epoch = 0
    while True:
        rng = np.random.default_rng((settings.seed, epoch))
        order = rng.permutation(len(sizes))
        for first in range(0, len(order), 50_000):
            pool = order[first : first + 50_000]
            pool = pool[np.argsort(sizes[pool], kind="stable")]
            ends = np.cumsum(sizes[pool])
            cuts = np.searchsorted(ends, np.arange(settings.batch, int(ends[-1]), settings.batch))
            batches = [rows for rows in np.split(pool, cuts) if len(rows)]
            for i in rng.permutation(len(batches)).tolist():
                yield pad(texts, batches[i], settings.longest, corpus.tokenizer.pad_token_id)[0]
        epoch += 1


def hide(
    batch: np.ndarray, corpus: Corpus, settings: PretrainSettings, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """(what the model sees, which tokens it must guess): spans of one to three tokens, and most emoticons."""
    tokenizer = corpus.tokenizer
    starts = rng.random(batch.shape) < settings.masked * 0.62  # spans hold 1.8 tokens and overlap now and then
    more = rng.random(batch.shape)
    chosen = starts.copy()
    chosen[:, 1:] |= starts[:, :-1] & (more[:, :-1] < 0.6)
    chosen[:, 2:] |= starts[:, :-2] & (more[:, :-2] < 0.2)
    whole = np.zeros(len(tokenizer), bool)
    whole[list(tokenizer.get_added_vocab().values())] = True
    chosen |= whole[batch] & (rng.random(batch.shape) < 0.8)
    chosen &= (batch != tokenizer.pad_token_id) & (batch != tokenizer.cls_token_id)
    fate = rng.random(batch.shape)
    seen = np.where(chosen & (fate < 0.8), tokenizer.mask_token_id, batch)
    noise = rng.integers(len(tokenizer.all_special_ids), len(tokenizer), batch.shape)
    return np.where(chosen & (fate > 0.9), noise, seen), chosen


def _step(
    model: Any,
    optimizers: list[torch.optim.Optimizer],
    batch: np.ndarray,
    rate: float,
    corpus: Corpus,
    settings: PretrainSettings,
    step: int,
    device: str,
) -> float:
    """One optimiser step; the vocabulary is scored at the hidden places only."""
    seen, chosen = hide(batch, corpus, settings, np.random.default_rng((settings.seed, step)))
    inputs = torch.from_numpy(seen).to(device)
    mask = torch.from_numpy(batch != corpus.tokenizer.pad_token_id).to(device)
    where = torch.from_numpy(chosen).to(device)
    expected = torch.from_numpy(batch[chosen]).to(device)
    with torch.autocast(device, torch.bfloat16):
        states = model.bert(input_ids=inputs, attention_mask=None if mask.all() else mask).last_hidden_state
        logits = model.cls(states[where])
    loss = functional.cross_entropy(logits.float(), expected)
    for optimizer, peak in zip(optimizers, (settings.rate, settings.vector_rate), strict=True):
        optimizer.param_groups[0]["lr"] = peak * rate
        optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
    return loss.item()


def save(model: Any, optimizers: list[torch.optim.Optimizer], tokenizer: Any, out: Path, state: dict[str, Any]) -> None:
    """Write the model as a Hugging Face folder, and under `resume/` what going on needs; safetensors only."""
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    save_checkpoint(optimizers, state, out)
    log.info("checkpoint at step %d: %s", state["step"], out)


def _resume(model: Any, optimizers: list[torch.optim.Optimizer], out: Path) -> dict[str, Any] | None:
    """State of the checkpoint in `out`, loaded into the model and the optimisers; None where there is none."""
    from safetensors.torch import load_model

    state = load_checkpoint(optimizers, out)
    if state is not None:
        load_model(model, out / "model.safetensors", strict=False)
    return state
