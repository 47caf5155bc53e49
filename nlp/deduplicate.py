"""Near-duplicates across sources: a text that two data sets hold is learned once, and never from beside a dev row.

In: texts, source index and dev side of the examples of one output. Out: which rows stay.
Example: `rows_to_keep(["加V领券", "加v 领券"], np.array([0, 1]), np.zeros(2, bool))` -> [True, False].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nlp.campaigns import group
from nlp.training_data import Examples


def rows_to_keep(texts: Sequence[str], source: np.ndarray, dev: np.ndarray) -> np.ndarray:
    """Rows that stay, as booleans.

    Alike is what nlp/campaigns.py groups (Jaccard similarity of letter triples from 0.6 on). A training row like a dev
    row goes, so that a dev side, above all that of a left-out source, is new to the model; of training rows that
    several sources hold, those of the first source stay. Repetition inside one source stays: it says how common a
    text is there, and dev rows all stay.
    """
    campaign = group(texts)
    size = int(campaign.max(initial=-1)) + 1
    judged = np.zeros(size, bool)
    judged[campaign[dev]] = True
    first = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(first, campaign[~dev], source[~dev])
    return dev | (~judged[campaign] & (source == first[campaign]))


def without_duplicates(examples: Examples) -> Examples:
    """The examples without the rows that `rows_to_keep` drops."""
    keep = np.flatnonzero(rows_to_keep(examples.texts, examples.source, examples.dev))
    arrays = {name: getattr(examples, name)[keep] for name in ("label", "allowed", "source", "weight", "dev")}
    return replace(examples, texts=[examples.texts[i] for i in keep.tolist()], **arrays)
