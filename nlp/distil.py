"""What `best` says about unlabelled texts, for the light model to learn from (Hinton, Vinyals and Dean 2015).

In: the data folder of nlp/training_data.py, a light model and a tuned encoder with its cascade. Out: texts and the
probabilities that both models together give them. Labelled sets are narrow; these texts are not.
Example: `answers(sample_texts(Path("data-folder"), 400_000, seed=1), Path("models/light"), Path("models/encoder"))`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import torch
from torch import nn

from nlp.cascade import load_cascade
from nlp.cues import find_cues
from nlp.encoder import load_encoder
from nlp.heads import heads
from nlp.layers import load_layers, output_features
from nlp.normalize import normalize_texts
from nlp.training_data import dev_side, without_masks

log = logging.getLogger(__name__)

PARTS = {
    "weibo_ced_comments": 8,
    "campus_hole": 7,
    "lccc_base_valid_test": 6,
    "dialogue_comments": 6,
    "subtitle_dgk_lost": 3,
    "forum_s1_a": 3,
    "forum_s1_b": 3,
    "traditional_cantonese": 3,
    "nus_sms_zh": 2,
    "general_prose": 2,
    "assistant_and_service_questions": 2,
    "stock_forum_posts": 2,
    "tnews_unlabeled_titles": 2,
    "eprstmt_unlabeled_reviews": 1,
    "cantonese_hkcancor_cv": 1,
    "egret_forum_qa": 0.5,
}
"""Parts of each file of unlabelled/ and pretrain/: talk first, edited prose last."""
LONGEST = 200
"""Characters of a text that are read."""
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Answers:
    """Normalised texts, and by output the features (texts, n) and the teacher's probabilities (texts, classes)."""

    texts: list[str]
    features: Mapping[str, np.ndarray]
    probabilities: Mapping[str, np.ndarray]


def sample_texts(data: Path, rows: int, *, seed: int) -> list[str]:
    """About so many distinct unlabelled texts of the training side, in random order.

    Raises FileNotFoundError when none of the files of PARTS is there.
    """
    rng = np.random.default_rng(seed)
    files = [path for folder in ("unlabelled", "pretrain") for path in sorted((data / folder).glob("*.parquet"))]
    files = [path for path in files if path.stem in PARTS]
    texts: list[str] = []
    for path in files:
        part = round(rows * PARTS[path.stem] / sum(PARTS[file.stem] for file in files))
        found = pq.read_table(path, columns=["text"])["text"].to_pylist()
        drawn = [found[i][:LONGEST] for i in rng.permutation(len(found))[: 2 * part].tolist() if found[i]]
        texts += [text for text, dev in zip(drawn, dev_side(drawn), strict=True) if not dev][:part]
    if not texts:
        raise FileNotFoundError(
            f"{data}: no unlabelled text; expected Parquet files such as unlabelled/{min(PARTS)}.parquet"
        )
    distinct = list(dict.fromkeys(texts))
    return [without_masks(distinct[i], rng) for i in rng.permutation(len(distinct)).tolist()]


def answers(texts: Sequence[str], light: Path, encoder: Path) -> Answers:
    """What the light model and the encoder say together about each text."""
    first, layers, cascade = load_encoder(str(light)), load_layers(light), load_cascade(encoder)
    normal: list[str] = []
    parts: list[tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]] = []
    for start in range(0, len(texts), CHUNK):
        normalized = normalize_texts(texts[start : start + CHUNK])
        features = output_features(heads().values(), find_cues(normalized))
        said = layers.probabilities(first.encode(normalized.texts), features)
        said = cascade.refine(normalized.texts, features, said, everything=True)
        normal += normalized.texts
        parts.append((features, {name: values.astype(np.float16) for name, values in said.items()}))
        log.info("%d of %d texts answered", len(normal), len(texts))
    joined = [{name: np.concatenate([part[k][name] for part in parts]) for name in parts[0][k]} for k in (0, 1)]
    return Answers(normal, joined[0], joined[1])


def answers_loss(layers: nn.ModuleDict, vectors: torch.Tensor, given: Answers, rows: np.ndarray) -> torch.Tensor:
    """Cross entropy against the teacher's probabilities of `rows`, summed over outputs, mean over rows.

    The kind of an advertisement counts only as far as the text is one: of other texts it is noise.
    """
    parts = []
    for name, layer in layers.items():
        logits = layer(torch.cat([vectors, torch.from_numpy(given.features[name][rows])], dim=1))
        wanted = torch.from_numpy(given.probabilities[name][rows].astype(np.float32))
        surprise = -(wanted * nn.functional.log_softmax(logits, dim=1)).sum(1)
        if name == "ads_kind":
            surprise = surprise * torch.from_numpy(given.probabilities["ads"][rows, 1].astype(np.float32))
        parts.append(surprise.mean())
    return torch.stack(parts).sum()
