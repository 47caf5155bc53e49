"""The light encoder as it is trained: the network of nlp/light.py in torch.

In: n-grams as EmbeddingBag wants them. Out: vectors with gradients; `weights_of` takes out what was learned.
Example: `LightEncoder(settings, weights_of(net))`.
"""

from __future__ import annotations

import torch
from torch import nn

from nlp.light import NAMES, LightSettings, LightWeights


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


def weights_of(net: LightNet) -> LightWeights:
    """What a network has learned so far, as arrays of their own."""
    state = net.state_dict()
    return LightWeights(**{name: state[key].detach().float().numpy().copy() for name, key in NAMES.items()})
