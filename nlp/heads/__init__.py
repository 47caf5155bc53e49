"""The contract of a head and its discovery.

A head is one file in this folder that defines `HEAD = Head(...)`. Nothing else is edited: training fits its
outputs, the annotator adds its columns. Third parties register the same object under the entry-point group
`nuanqun.heads`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points

import numpy as np
import pyarrow as pa

from nlp.batch import Batch
from nlp.cues import Cues
from nlp.settings import NlpSettings

UNSURE = "unsure"
"""The label of a text that a head leaves to people: it counts as the first label wherever one must be chosen."""
REQUIREMENTS = ("text", "tokens", "cues", "vectors")


@dataclass(frozen=True, slots=True)
class Head:
    """What is said about every message: a closed set of labels, and how to choose one.

    `outputs` are the softmax outputs learned on the encoder's vectors (name -> classes), each also seeing
    `features(cues)` (rows x n, float32). `predict(batch)` returns the arrays of `columns`, one value a row;
    it is pure: equal texts get equal values. `requires` names what it reads from the batch. `exempt(messages,
    settings)` may name rows (booleans) that get the first label whatever their text says, with its reason.
    """

    name: str
    labels: tuple[str, ...]
    columns: tuple[pa.Field, ...]
    predict: Callable[[Batch], Mapping[str, pa.Array]]
    requires: tuple[str, ...] = ("cues", "vectors")
    outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    features: Callable[[Cues], np.ndarray] | None = None
    exempt: Callable[[pa.Table, NlpSettings], np.ndarray] | None = None


@cache
def heads() -> dict[str, Head]:
    """All heads by name, from this folder and from entry points.

    Raises ValueError on a duplicate name or output, or an unknown requirement.
    """
    found: dict[str, Head] = {}
    origin: dict[str, str] = {}
    modules = [f"{__name__}.{m.name}" for m in pkgutil.iter_modules(__path__)]
    loaded = [(name, getattr(importlib.import_module(name), "HEAD", None)) for name in modules]
    loaded += [(point.value, point.load()) for point in entry_points(group="nuanqun.heads")]
    for name, head in loaded:
        if head is None:
            continue
        if head.name in found:
            raise ValueError(f"head {head.name!r} is defined by both {origin[head.name]} and {name}")
        if strange := set(head.requires) - set(REQUIREMENTS):
            raise ValueError(f"head {head.name!r} in {name} requires {sorted(strange)}; known: {REQUIREMENTS}")
        if twice := {o for other in found.values() for o in other.outputs} & set(head.outputs):
            raise ValueError(f"output {sorted(twice)} of head {head.name!r} in {name} belongs to another head")
        found[head.name], origin[head.name] = head, name
    return found
