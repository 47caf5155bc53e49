"""The light encoder: hashed character 1-3-grams -> EmbeddingBag -> a small MLP trunk.

In: normalised texts. Out: vectors. Everything up to the embedding is numpy on the whole batch, so one core
encodes hundreds of thousands of short texts a second. Digits count as one another, so that an account number
nobody has seen still looks like an account number; the path of a link counts as slashes.
Example: `LightEncoder(LightSettings()).encode(["你好"])`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from nlp.encoder import version_of
from nlp.lexicon import rolling_hashes

_PATH = re.compile(r"(\.[a-z]{2,8}(?::\d+)?)(/[!-~]+)")
"""Host and path of a link: a path is noise that looks like accounts and tokens, so it counts as slashes."""
CHUNK = 8_192
"""Texts per forward pass: bounds memory, changes no result."""
FEW = 512
"""Texts attributed at a time: one row of floats an n-gram then stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class LightSettings:
    """Size of the light encoder."""

    bits: int = 18
    """2 ** bits embedding rows."""
    width: int = 32
    """Numbers per n-gram."""
    hidden: int = 96
    """Units of the trunk's hidden layer; vectors have width + hidden numbers."""
    longest: int = 3
    """Longest n-gram, characters."""


@dataclass(frozen=True, slots=True)
class Grams:
    """Hashed n-grams of a batch, sorted by row: bucket, first place and length of each, first n-gram of each row.

    Places count in the texts joined by edges; `character` maps a place to its index in "".join(texts), and
    every edge to the number of characters.
    """

    bucket: np.ndarray
    offsets: np.ndarray
    place: np.ndarray
    length: np.ndarray
    character: np.ndarray


def hash_grams(texts: Sequence[str], *, bits: int, longest: int) -> Grams:
    """Hashed n-grams of every text; its two edges count as characters, so even "" has one n-gram."""
    joined = _PATH.sub(lambda m: m[1] + "/" * len(m[2]), "\0" + "\0".join(texts) + "\0")
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).copy()
    codes[(codes >= ord("0")) & (codes <= ord("9"))] = ord("0")
    edge = codes == 0
    edges = np.cumsum(edge)  # edges up to and with each place
    buckets, rows, places, lengths = [], [], [], []
    for n, hashes in enumerate(rolling_hashes(codes, longest), start=1):
        end = slice(n - 1, None)
        # A window may begin and end at an edge but hold none inside, and is not an edge alone.
        whole = edges[end] - edges[: len(hashes)] == edge[end]
        good = np.flatnonzero(whole if n > 1 else ~edge)
        buckets.append((hashes[good] >> np.uint64(64 - bits)).astype(np.int64))
        rows.append(edges[good] - 1)
        places.append(good)
        lengths.append(np.full(len(good), n))
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    offsets = np.searchsorted(row[order], np.arange(len(texts)))
    character = np.where(edge, len(codes) - int(edges[-1]), np.arange(len(codes)) - edges)
    arrays = (np.concatenate(parts)[order] for parts in (buckets, places, lengths))
    bucket, place, length = arrays
    return Grams(bucket, offsets, place, length, character)


class LightNet(nn.Module):
    """The learned part: bag of n-gram embeddings, and a trunk that sees it scaled."""

    def __init__(self, settings: LightSettings) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(1 << settings.bits, settings.width, mode="sum")
        self.trunk = nn.Sequential(nn.Linear(settings.width, settings.hidden), nn.GELU())

    def forward(self, bucket: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Vectors (rows, width + hidden) of n-grams given as in EmbeddingBag."""
        counts = torch.diff(offsets, append=torch.tensor([len(bucket)])).clamp(min=1)
        # Between sum and mean: long texts are surer than short ones, but not in proportion.
        return self.vectors(self.bag(bucket, offsets) / counts.sqrt()[:, None])

    def vectors(self, pooled: torch.Tensor) -> torch.Tensor:
        """The trunk on pooled embeddings."""
        return torch.cat([pooled, self.trunk(pooled)], dim=1)


class LightEncoder:
    """Keeps the Encoder contract (nlp/encoder.py) with a LightNet."""

    def __init__(self, settings: LightSettings, net: LightNet | None = None, *, version: str = "light") -> None:
        self.settings = settings
        self.net = (net or LightNet(settings)).eval()
        self.version = version
        self.dim = settings.width + settings.hidden

    def grams(self, texts: Sequence[str]) -> Grams:
        """The n-grams this encoder sees."""
        return hash_grams(texts, bits=self.settings.bits, longest=self.settings.longest)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of the texts, float32 (len(texts), dim)."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        with torch.inference_mode():
            for first in range(0, len(texts), CHUNK):
                grams = self.grams(texts[first : first + CHUNK])
                out = self.net(torch.from_numpy(grams.bucket), torch.from_numpy(grams.offsets))
                vectors[first : first + CHUNK] = out.numpy()
        return vectors

    def attribute(self, texts: Sequence[str], directions: np.ndarray) -> np.ndarray:
        """Gradient times embedding of each n-gram, spread over its characters."""
        parts = [np.zeros(0, np.float32)]
        for first in range(0, len(texts), FEW):
            parts.append(self._attribute(texts[first : first + FEW], directions[first : first + FEW]))
        return np.concatenate(parts)

    def _attribute(self, texts: Sequence[str], directions: np.ndarray) -> np.ndarray:
        grams = self.grams(texts)
        counts = np.diff(grams.offsets, append=len(grams.bucket)).clip(1)
        bucket = torch.from_numpy(grams.bucket)
        with torch.no_grad():
            pooled = self.net.bag(bucket, torch.from_numpy(grams.offsets))
        pooled = (pooled / torch.from_numpy(counts).sqrt()[:, None]).requires_grad_()
        (self.net.vectors(pooled) * torch.from_numpy(directions.astype(np.float32))).sum().backward()
        assert pooled.grad is not None
        scale = (pooled.grad / torch.from_numpy(counts).sqrt()[:, None]).repeat_interleave(torch.from_numpy(counts), 0)
        gain = (self.net.bag.weight.detach()[bucket] * scale).sum(1).numpy() / grams.length
        total = sum(map(len, texts))
        scores = np.zeros(total + 1)  # the last one collects the edges
        for k in range(self.settings.longest):
            here = grams.length > k
            scores += np.bincount(grams.character[grams.place[here] + k], gain[here], total + 1)
        return scores[:-1].astype(np.float32)


def save_light(encoder: LightEncoder, folder: Path) -> None:
    """Write weights.safetensors (16-bit) and config.json."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: v.half().contiguous() for k, v in encoder.net.state_dict().items()}, folder / "weights.safetensors")
    config = {"model_type": "nuanqun-light", **asdict(encoder.settings)}
    (folder / "weights.safetensors").chmod(0o644)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load_light(folder: Path) -> LightEncoder:
    """The light encoder in a folder."""
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    settings = LightSettings(**{k: v for k, v in config.items() if k != "model_type"})
    net = LightNet(settings)
    net.load_state_dict({k: v.float() for k, v in load_file(folder / "weights.safetensors").items()})
    return LightEncoder(settings, net, version=version_of("light", folder / "weights.safetensors"))
