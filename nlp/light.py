"""The light encoder: hashed character 1-3-grams -> EmbeddingBag -> a small MLP trunk.

In: normalised texts. Out: vectors. Everything is numpy on the whole batch, so one core
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
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_matrix
from scipy.special import erf

from nlp.encoder import encoder_version
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


@dataclass(frozen=True, slots=True)
class LightWeights:
    """What is learned: n-gram embeddings (2 ** bits, width), and weight (hidden, width) and bias of the trunk."""

    bag: np.ndarray
    weight: np.ndarray
    bias: np.ndarray


class LightEncoder:
    """Keeps the Encoder contract (nlp/encoder.py) in numpy: nothing of torch is loaded to label messages."""

    def __init__(self, settings: LightSettings, weights: LightWeights, *, version: str = "light") -> None:
        self.settings = settings
        self.weights = weights
        self.version = version
        self.dim = settings.width + settings.hidden

    def grams(self, texts: Sequence[str]) -> Grams:
        """The n-grams this encoder sees."""
        return hash_grams(texts, bits=self.settings.bits, longest=self.settings.longest)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of the texts, float32 (len(texts), dim)."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for first in range(0, len(texts), CHUNK):
            pooled = self._pooled(self.grams(texts[first : first + CHUNK]))
            inner = pooled @ self.weights.weight.T + self.weights.bias
            vectors[first : first + CHUNK] = np.hstack([pooled, inner * _gauss(inner)])
        return vectors

    def _pooled(self, grams: Grams) -> np.ndarray:
        """Embeddings summed by text, over the root of their number: long texts are surer, but not in proportion."""
        ends = np.append(grams.offsets, len(grams.bucket))
        ones = np.ones(len(grams.bucket), np.float32)
        counted = csr_matrix((ones, grams.bucket, ends), shape=(len(grams.offsets), len(self.weights.bag)))
        return (counted @ self.weights.bag) / np.sqrt(np.diff(ends).clip(1)).astype(np.float32)[:, None]

    def attribute(self, texts: Sequence[str], directions: np.ndarray) -> np.ndarray:
        """Gradient times embedding of each n-gram, spread over its characters."""
        parts = [np.zeros(0, np.float32)]
        for first in range(0, len(texts), FEW):
            parts.append(self._attribute(texts[first : first + FEW], directions[first : first + FEW]))
        return np.concatenate(parts)

    def _attribute(self, texts: Sequence[str], directions: np.ndarray) -> np.ndarray:
        grams, width = self.grams(texts), self.settings.width
        counts = np.diff(grams.offsets, append=len(grams.bucket)).clip(1)
        inner = self._pooled(grams) @ self.weights.weight.T + self.weights.bias
        slope = _gauss(inner) + inner * np.exp(-0.5 * inner * inner) / np.float32(np.sqrt(2 * np.pi))
        moved = directions[:, :width] + (directions[:, width:] * slope) @ self.weights.weight
        scale = np.repeat((moved / np.sqrt(counts)[:, None]).astype(np.float32), counts, axis=0)
        gain = np.einsum("ij,ij->i", self.weights.bag[grams.bucket], scale) / grams.length
        total = sum(map(len, texts))
        scores = np.zeros(total + 1)  # the last one collects the edges
        for k in range(self.settings.longest):
            here = grams.length > k
            scores += np.bincount(grams.character[grams.place[here] + k], gain[here], total + 1)
        return scores[:-1].astype(np.float32)


def _gauss(x: np.ndarray) -> np.ndarray:
    """The normal distribution function; x times it is GELU (Hendrycks and Gimpel 2016)."""
    return 0.5 * (1 + erf(x / np.float32(np.sqrt(2))))


NAMES = {"bag": "bag.weight", "weight": "trunk.0.weight", "bias": "trunk.0.bias"}
"""Names of the weights in the file: those of the network that is trained (nlp/light_net.py)."""


def save_light(encoder: LightEncoder, folder: Path) -> None:
    """Write weights.safetensors (16-bit) and config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    halves = {key: getattr(encoder.weights, name).astype(np.float16) for name, key in NAMES.items()}
    save_file(halves, folder / "weights.safetensors")
    config = {"model_type": "nuanqun-light", **asdict(encoder.settings)}
    (folder / "weights.safetensors").chmod(0o644)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load_light(folder: Path) -> LightEncoder:
    """The light encoder in a folder."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    settings = LightSettings(**{k: v for k, v in config.items() if k != "model_type"})
    arrays = load_file(folder / "weights.safetensors")
    weights = LightWeights(**{name: arrays[key].astype(np.float32) for name, key in NAMES.items()})
    return LightEncoder(settings, weights, version=encoder_version(folder))
