"""Texts for pre-training: unlabelled, pre-training and labelled texts as token ids in two .npy files.

In: the data folder of nlp/training_data.py. Out: tokenizer files, `ids.npy` (uint16, all rows joined) and
`bounds.npy` (first id of each row and the end). Normalised as at inference; masks of collectors become the contacts
they hide; equal texts count once; rows in random order. A second call with the same folder reads what is there.
Example: `prepare_texts(Path("data-folder"), Path("cache"), seed=1)`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from nlp.normalize import normalize_texts
from nlp.training_data import without_masks
from nlp.vocabulary import CharacterTable, VocabularySettings, train_tokenizer

log = logging.getLogger(__name__)

SHARES = {
    "unlabelled": 1.0,
    "pretrain": 1.0,
    "labelled": 1.0,
    # Narrow or edited registers, taken in part: half an hour of training cannot hold them all.
    "assistant_and_service_questions": 0.25,
    "subtitle_dgk_lost": 0.5,
    "forum_s1_a": 0.5,
    "forum_s1_b": 0.5,
    "general_prose": 0.7,
    "traditional_cantonese": 0.5,
    "campus_hole": 0.8,
    "iflytek_app": 0.3,
    "fbs_sms": 0.4,
}
"""Share of the rows of a folder or file that is read."""
LONGEST = 400
"""Characters of a text that are read."""
CHUNK = 50_000


@dataclass(frozen=True, slots=True)
class Corpus:
    """Token ids of many texts: row r is ids[bounds[r] : bounds[r + 1]]."""

    ids: np.ndarray
    bounds: np.ndarray
    tokenizer: Any


def prepare_texts(data: Path, out: Path, *, seed: int, settings: VocabularySettings | None = None) -> Corpus:
    """Read, normalise and tokenise the texts of `data` once; later calls read `out`."""
    from transformers import PreTrainedTokenizerFast

    if (out / "bounds.npy").exists():
        tokenizer = PreTrainedTokenizerFast.from_pretrained(out)
        return Corpus(np.load(out / "ids.npy", mmap_mode="r"), np.load(out / "bounds.npy"), tokenizer)
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    texts = list(dict.fromkeys(text for part in _texts(data, rng) for text in part))
    texts = [texts[i] for i in rng.permutation(len(texts)).tolist()]
    log.info("%d texts, %d characters", len(texts), sum(map(len, texts)))
    tokenizer = train_tokenizer(texts, settings)
    tokenizer.save_pretrained(out)
    table = CharacterTable(tokenizer)
    parts = [table.tokens(texts[first : first + CHUNK]) for first in range(0, len(texts), CHUNK)]
    sizes = np.concatenate([np.diff(part.offsets) for part in parts])
    np.save(out / "ids.npy", np.concatenate([part.ids for part in parts]))
    np.save(out / "bounds.npy", np.concatenate(([0], np.cumsum(sizes))))
    return prepare_texts(data, out, seed=seed)


def _texts(data: Path, rng: np.random.Generator) -> Iterator[list[str]]:
    """Normalised texts, a chunk at a time. Raises FileNotFoundError when there is none."""
    files = [path for folder in ("unlabelled", "pretrain", "labelled") for path in (data / folder).rglob("*.parquet")]
    if not files:
        raise FileNotFoundError(f"{data}: expected Parquet files with a text column under unlabelled/ or pretrain/")
    for path in sorted(files):
        if "text" not in pq.read_schema(path).names or path.stem == "lexicon":
            continue
        texts = [t for t in pq.read_table(path, columns=["text"])["text"].to_pylist() if t]
        share = SHARES.get(path.stem, SHARES[path.relative_to(data).parts[0]])
        chosen = rng.permutation(len(texts))[: int(len(texts) * share)].tolist()
        for first in range(0, len(chosen), CHUNK):
            raw = [without_masks(texts[i][:LONGEST], rng) for i in chosen[first : first + CHUNK]]
            yield [text for text in normalize_texts(raw).texts if len(text) > 3]
