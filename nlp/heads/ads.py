"""Advertising: an offer, a lead, promotion or recruiting is an ad, also when a member posts it; a request is not.

In: cues and vectors. Out: `ads_label` (ad | unsure | not_ad), probability (for unsure: that it is none), evidence, and
`ads_kind` (ids of data/lexicons/ads_kinds.toml; null unless it is an ad). The learned outputs see the cues as features;
a readable sum of points (contact, call to action, offer, earning, price) covers kinds that no training set holds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nlp.annotation import head_columns
from nlp.batch import Batch, label_array, probability_array
from nlp.cues import Cues
from nlp.heads import UNSURE, Head
from nlp.lexicon import read_sections
from nlp.settings import NlpSettings

LABELS = ("not_ad", "ad", UNSURE)
KINDS = tuple(read_sections("ads_kinds"))
KIND_CLASSES = tuple(f"kind.{kind}" for kind in KINDS)
CLASSES = tuple(f"ads.{name}" for name in read_sections("ads"))
LEARNED = LABELS[:2]
THRESHOLD = 0.5
"""Probability from which a text is an ad; CAUTION puts the false-positive budget here."""
UNSURE_FROM = 0.3
"""Probability from which a person may look: it is no ad yet, and nobody is sure that it is none."""
CAUTION = 0.1
"""Log-odds taken from every text, so that few ordinary ones are flagged."""

WHYS = {
    "pattern.contact_id": "contact",
    "ads.contact": "contact",
    "ads.call": "call_to_action",
    "ads.offer": "offer",
    "ads.earn": "earning",
    "pattern.price": "price",
    "pattern.link": "link",
    "pattern.token": "password_token",
}

POINTS = {
    "pattern.contact_id": (1.6, 1),
    "ads.contact": (0.7, 2),
    "ads.call": (1.2, 2),
    "ads.offer": (0.8, 4),
    "ads.earn": (0.9, 3),
    "pattern.price": (0.6, 2),
    "pattern.link": (0.6, 1),
    "pattern.token": (2.0, 1),
    "ads.request": (-0.9, 3),
    "pattern.question_mark": (-1.0, 2),
    "ads.talk": (-1.5, 2),
    "ads.notice": (-1.0, 3),
    "ads.second_hand": (-1.0, 2),
    "pattern.roll_call": (-3.0, 1),
}
"""Points of one occurrence, and how many occurrences count."""
ENOUGH = 4.5
"""Points at which an ad is as likely as not."""
UNKNOWN = 0.02
"""Probability of an ad where nothing was learned (texts without Chinese): cues alone must show it."""
POINT_WEIGHT, NEUTRAL_POINTS = 0.5, 2.0
"""Log-odds of one point, and the points that neither add nor take any.

A learned output alone condemns ordinary talk of kinds that it never saw; an ad has cues to show. Chosen on dev sides
and simulated chats: heavier points take second-hand offers with a contact for ads, lighter ones let plain talk in."""


def points(cues: Cues) -> np.ndarray:
    """The readable score of each row: a sum of points, and 0.3 for each word of its strongest kind up to five."""
    counts = cues.matrix(list(POINTS))
    weights = np.array([w for w, _ in POINTS.values()], np.float32)
    most = np.array([n for _, n in POINTS.values()], np.float32)
    kinds = cues.matrix(KIND_CLASSES).max(axis=1)
    return np.minimum(counts, most) @ weights + 0.3 * np.minimum(kinds, 5)


def features(cues: Cues) -> np.ndarray:
    """Capped cue counts, the meetings of cues that make an ad, and the readable score."""
    names = [
        *CLASSES,
        *(f"pattern.{p}" for p in ("contact_id", "price", "link", "token", "percent", "question_mark", "roll_call")),
    ]
    counts = cues.matrix(names)
    has = dict(zip(names, (counts > 0).T, strict=True))
    reach = has["pattern.contact_id"] | has["ads.contact"] | has["pattern.link"]
    goods = has["ads.offer"] | has["ads.earn"]
    meetings = [
        reach & goods,
        reach & has["ads.call"],
        goods & has["ads.call"],
        reach & goods & has["ads.call"],
        goods & has["pattern.price"],
        has["ads.request"] & ~has["ads.call"],
        has["ads.talk"] & goods,
    ]
    kinds = np.minimum(cues.matrix(KIND_CLASSES), 4) / 4
    return np.column_stack([np.minimum(counts, 3) / 3, *meetings, points(cues) / ENOUGH, kinds]).astype(np.float32)


def predict(batch: Batch) -> Mapping[str, pa.Array]:
    """Label, probability, evidence and kind of each text."""
    learned = np.where(batch.foreign, UNKNOWN, batch.probabilities["ads"][:, 1]).clip(1e-6, 1 - 1e-6)
    shown = points(batch.cues)
    odds = np.log(learned / (1 - learned)) + POINT_WEIGHT * (shown - NEUTRAL_POINTS) - CAUTION
    joint = 1 / (1 + np.exp(-odds))
    readable = 0.95 / (1 + np.exp(-2 * (shown - ENOUGH)))
    ad = np.where(batch.blank, 0.0, np.maximum(joint, readable))
    is_ad = ad >= THRESHOLD
    label = np.where(is_ad, 1, np.where(ad >= UNSURE_FROM, 2, 0))
    rows = np.flatnonzero(label)
    ones = np.ones(batch.rows, np.int64)
    # Words of a kind count beside what was learned, so that a kind no training set holds can win.
    likely = np.log(batch.probabilities["ads_kind"] + 1e-6) + batch.cues.matrix(KIND_CLASSES)
    kinds = label_array(KINDS, likely.argmax(axis=1))
    return {
        "ads_label": label_array(LABELS, label),
        "ads_score": probability_array(np.where(is_ad, ad, 1 - ad)),
        "ads_evidence": batch.evidence(rows, WHYS, output="ads", classes=ones),
        "ads_kind": pc.if_else(pa.array(is_ad), kinds, pa.scalar(None, pa.string())),
    }


def exempt(messages: pa.Table, settings: NlpSettings) -> np.ndarray:
    """Rows that are no ads whatever they say: 接龙, and what trusted roles (the owner) post."""
    chain = pc.equal(messages["kind"], "chain")
    trusted = pc.is_in(messages["sender_role"], pa.array(settings.trusted_roles, pa.string()))
    return pc.or_(chain, trusted).combine_chunks().to_numpy(zero_copy_only=False)


HEAD = Head(
    name="ads",
    labels=LABELS,
    columns=tuple(head_columns("ads", [pa.field("ads_kind", pa.string())])),
    predict=predict,
    outputs={"ads": LEARNED, "ads_kind": KINDS},
    features=features,
    exempt=exempt,
)
