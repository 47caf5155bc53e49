"""How good decisions are: how often the models were wrong, and how far two readers agree.

In: VERDICTS as frames. Out: counts and coefficients. Example: `kappa(["ad", "fine"], ["ad", "ad"])` -> 0.0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

SAMPLE = 10
"""One in so many decided messages is read by a second person."""


def kappa(first: Sequence[str], second: Sequence[str]) -> float | None:
    """Cohen's kappa (1960), -1..1, of two readings of the same messages; None when chance alone explains them."""
    if not first:
        return None
    same = sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
    left, right = Counter(first), Counter(second)
    chance = sum(left[label] * right[label] for label in left) / len(first) ** 2
    return None if chance == 1 else (same - chance) / (1 - chance)


def pairs(standing: Any, second: Any) -> Any:
    """Messages that two people read: `reviewer`, `label`, and `label_second` of the latest second reading."""
    keys = ["chat_id", "message_id"]
    other = second.drop_duplicates(keys, keep="last")[[*keys, "reviewer", "label"]]
    both = standing.drop_duplicates(keys, keep="last").merge(other, on=keys, suffixes=("", "_second"))
    return both[both["reviewer"] != both["reviewer_second"]]


def by_reviewer(both: Any) -> Any:
    """`reviewer`, `read` (by two), `agreed` share and `kappa`, of each first reader."""
    rows = [
        {
            "reviewer": name,
            "read": len(own),
            "agreed": float((own["label"] == own["label_second"]).mean()),
            "kappa": kappa(own["label"].tolist(), own["label_second"].tolist()),
        }
        for name, own in both.groupby("reviewer")
    ]
    return pd.DataFrame(rows, columns=["reviewer", "read", "agreed", "kappa"])


def sampled(message_id: str) -> bool:
    """Whether a message belongs to the sample for second readers: by its id, so that nobody can choose."""
    return int.from_bytes(blake2b(message_id.encode(), digest_size=4).digest(), "big") % SAMPLE == 0


def waiting(standing: Any, second: Any, reader: str) -> Any:
    """Sampled verdicts of others that nobody has read a second time yet, the oldest first."""
    keys = ["chat_id", "message_id"]
    last = standing.drop_duplicates(keys, keep="last")
    done = set(zip(second["chat_id"], second["message_id"], strict=True))
    open_ = [
        sampled(message_id) and (chat_id, message_id) not in done
        for chat_id, message_id in zip(last["chat_id"], last["message_id"], strict=True)
    ]
    return last[(last["reviewer"] != reader) & np.array(open_, bool)]


def misjudged(standing: Any, now: datetime, days: int = 7) -> tuple[int, int]:
    """(suggestions that a person called fine, suggestions that a person decided) of the `days` before `now`."""
    last = standing.drop_duplicates(["chat_id", "message_id"], keep="last")
    recent = last[(last["at"] > now - timedelta(days=days)) & (last["at"] <= now)]
    told = recent[recent["suggestion_label"].isin(["ad", "abuse"]) & recent["label"].isin(["ad", "abuse", "fine"])]
    return int((told["label"] == "fine").sum()), len(told)
