"""What each of twelve disguises costs: recall on the same advertisements plain and disguised, one JSON.

The advertisements are drawn from the dev side of every source, so no model was trained on them.
Usage: python benchmarks/obfuscation.py DATA [--quality fast] > obfuscation.json
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from nlp.annotate import Annotator
from nlp.augment import TRANSFORMATIONS
from nlp.settings import NlpSettings
from nlp.train import learned_outputs
from nlp.training_data import load_examples

ADS = 1_000
RESAMPLES = 1_000


def main() -> None:
    """Draw, disguise, classify, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--quality", choices=("fast", "balanced", "best"), default="fast")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    outputs = {"ads": learned_outputs()["ads"]}
    found = load_examples(options.data, outputs, seed=options.seed)["ads"]
    rows = np.flatnonzero(found.dev & (found.label == found.classes.index("ad")))
    texts = [found.texts[i] for i in rng.permutation(rows)[:ADS]]
    annotator = Annotator(NlpSettings(quality=options.quality))

    def hits(changed: list[str]) -> np.ndarray:
        return np.array([label == "ad" for label in annotator.classify(changed)["ads_label"].to_pylist()])

    plain = hits(texts)
    draws = rng.integers(len(texts), size=(RESAMPLES, len(texts)))
    result = {}
    for name, way in TRANSFORMATIONS.items():
        changed = [way(text, rng) for text in texts]
        touched = np.array([a != b for a, b in zip(changed, texts, strict=True)])
        lost = plain.astype(float) - hits(changed)
        low, high = np.percentile(lost[draws].mean(axis=1), [2.5, 97.5])
        result[name] = {
            "changed": round(float(touched.mean()), 4),
            "recall": round(float(plain.mean() - lost.mean()), 4),
            "loss": round(float(lost.mean()), 4),
            "loss_ci95": [round(float(low), 4), round(float(high), 4)],
            "loss_where_changed": round(float(lost[touched].mean()), 4) if touched.any() else 0.0,
        }
    report = {"benchmark": "obfuscation", "quality": options.quality, "version": annotator.version, "n": len(texts)}
    json.dump(report | {"recall": round(float(plain.mean()), 4), "disguises": result}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
