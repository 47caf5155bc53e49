"""Token vectors from co-occurrence counts: what an encoder's embeddings start from.

In: token ids of many texts. Out: one vector a token. Positive pointwise mutual information of tokens within a few
places, factored by a truncated singular value decomposition (Levy, Goldberg 2014). Two minutes on one core put
into the embeddings what masked language modelling would need millions of tokens for, rare characters above all.
Example: `embed_tokens(corpus, 256).shape` -> (vocabulary, 256).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from nlp.pretrain_data import Corpus

REACH = 4
"""Places to either side."""
CHUNK = 4_000_000


def embed_tokens(corpus: Corpus, width: int) -> np.ndarray:
    """Vectors (vocabulary, width), float32, of BERT's usual scale (0.02 a number); zero for unseen tokens."""
    counts = _counts(corpus)
    total = counts.sum()
    left = counts.sum(axis=1, keepdims=True)
    # Smoothed contexts (power 3/4): rare ones would otherwise dominate, see Levy, Goldberg, Dagan 2015.
    right = counts.sum(axis=0, keepdims=True) ** 0.75
    expected = np.maximum(left, 1) / total * (np.maximum(right, 1) / right.sum())
    with np.errstate(divide="ignore"):
        gain = np.maximum(np.log(counts / total / expected), 0).astype(np.float32)
    torch.manual_seed(0)
    rank = min(width, len(gain) - 1)
    u, s, _ = torch.svd_lowrank(torch.from_numpy(gain), q=rank, niter=3)
    vectors = (u * s.sqrt()).numpy()
    vectors = np.pad(vectors, ((0, 0), (0, width - rank)))
    vectors -= vectors.mean(axis=0) * (left > 0)
    scale = np.sqrt((vectors**2).mean(axis=1, keepdims=True))
    # A rotation spreads the leading directions over all numbers, so that no attention head gets them alone.
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((width, width)))[0]
    return np.where(left > 0, vectors / np.maximum(scale, 1e-9) * 0.02, 0).astype(np.float32) @ rotation.astype(
        np.float32
    )


def _counts(corpus: Corpus) -> np.ndarray:
    """How often two tokens stand within REACH of one another in one row, float64 (vocabulary, vocabulary)."""
    size = len(corpus.tokenizer)
    counts = np.zeros(size * size, np.float32)
    first = corpus.tokenizer.cls_token_id
    for start in range(0, len(corpus.ids), CHUNK):
        ids = np.asarray(corpus.ids[start : start + CHUNK]).astype(np.int64)
        row = np.cumsum(ids == first)
        for distance in range(1, REACH + 1):
            same = (row[distance:] == row[:-distance]) & (ids[:-distance] != first)
            pairs = (ids[:-distance] * size + ids[distance:])[same]
            counts += np.bincount(pairs, minlength=size * size).astype(np.float32) / distance
    square = counts.reshape(size, size)
    return square + square.T
