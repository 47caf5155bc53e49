"""Words of this workspace over what the models say: ad words make an ad, allowed words make none.

In: texts and ANNOTATIONS of the same rows. Out: the same rows with `ads_label`, score, kind and evidence as the
workspace wants them. Words are compared in normalised form, so that 加薇❤️ finds 加微信.
Example: `OwnWords(("内部返利",), ()).apply(messages["text"], annotations)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa

from nlp.normalize import normalize_texts

WHY_AD, WHY_ALLOWED = "own_ad_word", "own_allow_word"
_DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Ad words, allowed words and the probability from which a text is an ad; allowed words win."""

    ad: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    threshold: float = _DEFAULT_THRESHOLD

    @property
    def changes_nothing(self) -> bool:
        """Whether the models' answer stands as it is."""
        return not self.ad and not self.allow and self.threshold == _DEFAULT_THRESHOLD

    @property
    def version(self) -> str:
        """What to put behind the models' version: other words, other annotations; "" while nothing is changed."""
        if self.changes_nothing:
            return ""
        wanted = repr((sorted(self.ad), sorted(self.allow), self.threshold))
        return "+own-" + blake2b(wanted.encode(), digest_size=4).hexdigest()

    def apply(self, texts: pa.ChunkedArray, annotations: pa.Table) -> pa.Table:
        """The annotations under these words; rows that were never scored stay unscored."""
        if self.changes_nothing or "ads_label" not in annotations.schema.names:
            return annotations
        labels = annotations["ads_label"].to_pylist()
        scores = annotations["ads_score"].to_pylist()
        evidence = annotations["ads_evidence"].to_pylist()
        said = texts.to_pylist()
        hits = find_own(said, self.ad), find_own(said, self.allow)
        for row, label in enumerate(labels):
            if label is not None:
                spans = hits[0].get(row, []), hits[1].get(row, [])
                labels[row], scores[row], evidence[row] = self._decide(label, scores[row], evidence[row] or [], *spans)
        table = annotations
        new = {"ads_label": labels, "ads_score": scores, "ads_evidence": evidence}
        if "ads_kind" in table.schema.names:
            kinds = table["ads_kind"].to_pylist()
            new["ads_kind"] = [k if lab == "ad" else None for k, lab in zip(kinds, labels, strict=True)]
        for name, values in new.items():
            field = table.schema.field(name)
            table = table.set_column(table.schema.get_field_index(name), field, pa.array(values, field.type))
        return table

    def _decide(
        self, label: str, score: float, evidence: list[Any], ad: list[tuple[int, int]], allow: list[tuple[int, int]]
    ) -> tuple[str, float, list[Any]]:
        if allow:
            return "not_ad", 1.0, [{"start": a, "end": b, "why": WHY_ALLOWED} for a, b in allow]
        if ad:
            return "ad", 1.0, [{"start": a, "end": b, "why": WHY_AD} for a, b in ad]
        probability = score if label == "ad" else 1 - score
        # The very edge goes the models' way: their own threshold compares unrounded numbers.
        wanted = label if self.threshold == _DEFAULT_THRESHOLD else "ad" if probability >= self.threshold else "not_ad"
        return wanted, probability if wanted == "ad" else 1 - probability, [] if wanted == "not_ad" else evidence


def find_own(texts: Sequence[str], words: Sequence[str]) -> dict[int, list[tuple[int, int]]]:
    """Row -> half-open spans of the original text in which one of `words` stands, however disguised."""
    wanted = [word for word in dict.fromkeys(normalize_texts(list(words)).texts) if word.strip()] if words else []
    if not wanted or not len(texts):
        return {}
    batch = normalize_texts(list(texts))
    found: dict[int, list[tuple[int, int]]] = {}
    for row in np.flatnonzero([any(word in text for word in wanted) for text in batch.texts]):
        text = batch.texts[row]
        for word in wanted:
            start = text.find(word)
            while start >= 0:
                found.setdefault(int(row), []).append(batch.span(int(row), start, start + len(word)))
                start = text.find(word, start + len(word))
    return found
