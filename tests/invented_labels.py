"""A tiny labelled corpus whose classes are plain from the words, for trainers."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nlp.train import learned_outputs
from nlp.training_data import Source

WORDS = ("苹果", "月亮", "河流", "书本", "石头", "云朵", "森林", "窗户")


def invented_rows(classes, count=40):
    """Texts whose class is plain from their words, so that a working trainer must learn them."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(count * len(classes)):
        label = classes[i % len(classes)]
        mark = WORDS[_hash(label) % len(WORDS)] + label
        opening = "".join(rng.choice(WORDS, 4))  # the dev side is chosen by it, so it must vary
        rows.append({"text": f"{opening}{mark}", "label": label})
    return rows


def invented_corpus(folder, inside="."):
    """One file an output under `folder`/`inside`; returns the folder and its sources."""
    sources = []
    (folder / inside).mkdir(exist_ok=True)
    for output, classes in learned_outputs().items():
        task = "sentiment" if output == "polarity" else output
        pq.write_table(pa.Table.from_pylist(invented_rows(classes)), folder / inside / f"{output}.parquet")
        sources.append(Source(output, f"{inside}/{output}.parquet", task=task))
    return folder, tuple(sources)


def _hash(text):
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)
