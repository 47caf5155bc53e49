"""The learned outputs of all heads: one linear layer an output on an encoder's vectors and a head's features.

In: vectors (rows, dim) and features. Out: calibrated probabilities (rows, classes). They are stored beside the
encoder they were trained on, as heads.safetensors and heads.json.
Example: `load_layers(folder).probabilities(vectors, features)["ads"]`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlp.cues import Cues
from nlp.heads import Head


@dataclass(frozen=True, slots=True)
class Layer:
    """One output: softmax((vectors | features) @ weight.T + bias) at a temperature, see Guo et al. 2017."""

    classes: tuple[str, ...]
    weight: np.ndarray  # (classes, dim + features)
    bias: np.ndarray
    temperature: float


class Layers:
    """The layers of all outputs by name."""

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        self.layers = dict(layers)

    def probabilities(self, vectors: np.ndarray, features: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Probabilities of every output, float32 (rows, classes); `features` is by output."""
        result = {}
        for name, layer in self.layers.items():
            dim = vectors.shape[1]
            logits = vectors @ layer.weight[:, :dim].T + features[name] @ layer.weight[:, dim:].T + layer.bias
            logits = logits / layer.temperature
            shares = np.exp(logits - logits.max(axis=1, keepdims=True))
            result[name] = shares / shares.sum(axis=1, keepdims=True)
        return result

    def directions(self, dim: int) -> dict[str, np.ndarray]:
        """For each output (classes, dim): where a vector must move to speak for a class against the others."""
        return {name: layer.weight[:, :dim] - layer.weight[:, :dim].mean(axis=0) for name, layer in self.layers.items()}


def output_features(heads: Iterable[Head], cues: Cues) -> dict[str, np.ndarray]:
    """The features of every output (rows, n); n is 0 for a head without features."""
    result = {}
    for head in heads:
        found = head.features(cues) if head.features else np.zeros((cues.rows, 0), np.float32)
        result |= dict.fromkeys(head.outputs, found)
    return result


def check_layers(layers: Layers, heads: Iterable[Head], folder: Path) -> None:
    """Raise ValueError unless `layers` holds exactly what the heads learn."""
    expected = {name: classes for head in heads for name, classes in head.outputs.items()}
    found = {name: layer.classes for name, layer in layers.layers.items()}
    for name, classes in expected.items():
        if found.get(name) != classes:
            raise ValueError(
                f"{folder}: output {name!r} has classes {found.get(name)}, its head has {classes}. "
                "Train the heads on this encoder again: nuanqun train light"
            )


def save_layers(layers: Layers, folder: Path) -> None:
    """Write heads.safetensors and heads.json."""
    from safetensors.numpy import save_file

    arrays = {f"{name}.{part}": getattr(x, part) for name, x in layers.layers.items() for part in ("weight", "bias")}
    save_file({k: np.ascontiguousarray(v, np.float32) for k, v in arrays.items()}, folder / "heads.safetensors")
    (folder / "heads.safetensors").chmod(0o644)
    described = {
        name: {"classes": list(layer.classes), "temperature": round(layer.temperature, 4)}
        for name, layer in layers.layers.items()
    }
    (folder / "heads.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")


def load_layers(folder: Path) -> Layers:
    """The layers stored beside an encoder. Raises FileNotFoundError when its heads were never trained."""
    from safetensors.numpy import load_file

    if not (folder / "heads.json").exists():
        raise FileNotFoundError(f"{folder}: no heads.json; the heads were not trained on this encoder yet")
    arrays = load_file(folder / "heads.safetensors")
    described = json.loads((folder / "heads.json").read_text(encoding="utf-8"))
    return Layers(
        {
            name: Layer(tuple(d["classes"]), arrays[f"{name}.weight"], arrays[f"{name}.bias"], d["temperature"])
            for name, d in described.items()
        }
    )
