"""What a change would have done to the past: words on old messages, thresholds on what people decided.

In: words or numbers that nobody saved yet. Out: counts and examples. Example: `try_words(["内部返利"], [])`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard import Frame, guard, inventory
from dashboard.words import hidden
from nuanqun.own_words import OwnWords

MOST = 50_000
"""The latest messages that words are tried on."""
EXAMPLES = 10


@dataclass(slots=True)
class Effect:
    """What words would change among the messages looked at; `against` = against a person's verdict."""

    looked: int = 0
    to_ad: int = 0
    to_fine: int = 0
    against: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


def try_words(ad: list[str], allow: list[str]) -> Effect:
    """Decide the latest messages anew under these words and compare."""
    guard.need("change_words")
    rows = inventory.latest_scored(MOST)
    if rows.empty:
        return Effect()
    before = pa.table({name: pa.array(rows[name]) for name in ("ads_label", "ads_score")})
    before = before.append_column("ads_evidence", pa.array([[]] * len(rows), pa.list_(_SPAN)))
    after = OwnWords(tuple(ad), tuple(allow)).apply(pa.chunked_array([pa.array(rows["text"], pa.string())]), before)
    rows = rows.assign(after=after["ads_label"].to_pylist())
    changed = rows[rows["after"] != rows["ads_label"]]
    against = changed[((changed["after"] == "ad") & (changed["verdict"] == "fine"))
                      | ((changed["after"] != "ad") & (changed["verdict"] == "ad"))]  # fmt: skip
    examples = [
        {"text": hidden(row["text"]), "before": row["ads_label"], "after": row["after"]}
        for row in changed.drop_duplicates("text").head(EXAMPLES).to_dict("records")
    ]
    to_ad = int((changed["after"] == "ad").sum())
    return Effect(len(rows), to_ad, len(changed) - to_ad, len(against), examples)


_SPAN = pa.struct([("start", pa.int32()), ("end", pa.int32()), ("why", pa.string())])


def common_words(stop: tuple[str, ...], most: int = 40) -> Frame:
    """`token` and `n`: the words of two letters and more that are said most, without `stop`."""
    guard.need("change_words")
    frame = inventory.common_tokens(most + len(stop))
    return frame[~frame["token"].isin(stop)].head(most)


def reviewed() -> Frame:
    """`probability` of an ad and `is_ad` as a person decided, one row a reviewed message."""
    guard.need("change_settings")
    return inventory.reviewed_ads()


def threshold_effect(rows: Frame, thresholds: list[float]) -> Frame:
    """For each threshold: `flagged`, `right`, `precision` and `recall` among the reviewed messages (null = none)."""
    probability, is_ad = rows["probability"].to_numpy(float), rows["is_ad"].to_numpy(bool)
    found = []
    for threshold in thresholds:
        flagged = probability >= threshold - 1e-6
        right = int((flagged & is_ad).sum())
        found.append(
            {
                "threshold": threshold,
                "flagged": int(flagged.sum()),
                "right": right,
                "precision": right / flagged.sum() if flagged.any() else np.nan,
                "recall": right / is_ad.sum() if is_ad.any() else np.nan,
            }
        )
    return pd.DataFrame(found, columns=["threshold", "flagged", "right", "precision", "recall"])
