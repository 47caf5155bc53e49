"""The light encoder as it is trained: the network of nlp/light.py in torch.

In: n-grams as EmbeddingBag wants them. Out: vectors with gradients; `weights_of` takes out what was learned.
Example: `LightEncoder(settings, weights_of(net))`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from nlp.light import NAMES, LightSettings, LightWeights, hash_grams


@dataclass(frozen=True, slots=True)
class GramRows:
    """Hashed n-grams of many texts: those of row r are bucket[offsets[r] : offsets[r + 1]]."""

    bucket: np.ndarray
    offsets: np.ndarray

    @classmethod
    def empty(cls) -> GramRows:
        """No rows."""
        return cls(np.zeros(0, np.int32), np.zeros(1, np.int64))

    @classmethod
    def of(cls, texts: Sequence[str], size: LightSettings) -> GramRows:
        """The rows of normalised texts."""
        parts = [cls.empty()]
        for first in range(0, len(texts), 20_000):
            grams = hash_grams(texts[first : first + 20_000], bits=size.bits, longest=size.longest)
            parts.append(cls(grams.bucket.astype(np.int32), np.append(grams.offsets, len(grams.bucket))))
        return cls.joined(parts)

    @classmethod
    def joined(cls, parts: Sequence[GramRows]) -> GramRows:
        """The rows of all parts, in order."""
        sizes = np.concatenate([np.diff(part.offsets) for part in parts])
        return cls(np.concatenate([part.bucket for part in parts]), np.concatenate(([0], np.cumsum(sizes))))

    def drawn(self, rows: np.ndarray, dropout: float, rng: np.random.Generator) -> GramRows:
        """Chosen rows, each n-gram left out with the chance `dropout`."""
        sizes = self.offsets[rows + 1] - self.offsets[rows]
        ends = np.cumsum(sizes)
        index = np.arange(int(ends[-1])) - np.repeat(ends - sizes - self.offsets[rows], sizes)
        keep = rng.random(len(index)) >= dropout
        kept = np.concatenate(([0], np.cumsum(keep)))
        return GramRows(self.bucket[index[keep]], kept[np.concatenate(([0], ends))])


class LightNet(nn.Module):
    """The learned part: bag of n-gram embeddings, and a trunk that sees it scaled."""

    def __init__(self, settings: LightSettings) -> None:
        super().__init__()
        self.settings = settings
        self.bag = nn.EmbeddingBag(1 << settings.bits, settings.width, mode="sum")
        self.trunk = nn.Sequential(nn.Linear(settings.width, settings.hidden), nn.GELU())

    def forward(self, bucket: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Vectors (rows, width + hidden) of n-grams given as in EmbeddingBag."""
        counts = torch.diff(offsets, append=torch.tensor([len(bucket)])).clamp(min=1)
        # Between sum and mean: long texts are surer than short ones, but not in proportion.
        return self.vectors(self.bag(bucket, offsets) / counts.sqrt()[:, None])

    def of_parts(self, parts: Sequence[GramRows]) -> Sequence[torch.Tensor]:
        """Vectors of several sets of rows in one pass."""
        rows = GramRows.joined(parts)
        vectors = self(torch.from_numpy(rows.bucket.astype(np.int64)), torch.from_numpy(rows.offsets[:-1]))
        return torch.split(vectors, [len(part.offsets) - 1 for part in parts])

    def vectors(self, pooled: torch.Tensor) -> torch.Tensor:
        """The trunk on pooled embeddings."""
        return torch.cat([pooled, self.trunk(pooled)], dim=1)


def weights_of(net: LightNet) -> LightWeights:
    """What a network has learned so far, as arrays of their own."""
    state = net.state_dict()
    return LightWeights(**{name: state[key].detach().float().numpy().copy() for name, key in NAMES.items()})
