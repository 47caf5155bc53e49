"""MESSAGES -> ANNOTATIONS: tokens of every message, and a label with score and evidence from every head.

In: MESSAGES (or plain texts). Out: ANNOTATIONS (or head columns only), same rows, same order. Equal texts are
scored once. System lines, other kinds than text, and quoted words are never scored.
Example: `Annotator(NlpSettings()).classify(["加薇信 abc123 领券"])["ads_label"]` -> ["ad"].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nlp.annotation import BASE, annotations_schema, check_annotations
from nlp.batch import Batch
from nlp.cascade import Cascade, cascade_version, load_cascade
from nlp.cues import find_cues
from nlp.encoder import encoder_folder, is_light, load_encoder, models_version
from nlp.evidence import TokenSizes
from nlp.heads import Head, heads
from nlp.layers import check_layers, load_layers, output_features
from nlp.normalize import normalize_texts
from nlp.segment import Segmenter, no_gc
from nlp.settings import NlpSettings

SCORED_KINDS = ("text", "link", "mini_program", "chain", "poll", "action")
"""Kinds whose text is the sender's own words."""
CHUNK, CHUNK_CHARS = 5_000, 150_000
"""Distinct texts scored at a time, and their characters: bounds memory. Labels stay; scores
may differ in the seventh digit with the texts that stand beside."""


def asks_second(settings: NlpSettings) -> bool:
    """Whether the quality asks for a second opinion; none is needed beside an encoder that decides alone."""
    return settings.quality != "fast" and is_light(encoder_folder(settings.encoder))


def annotator_version(settings: NlpSettings) -> str:
    """What `Annotator(settings).version` is, without loading its models."""
    version = models_version(encoder_folder(settings.encoder))
    if asks_second(settings):
        version += f"+{settings.quality}:{cascade_version(encoder_folder(settings.second))}"
    return version


class Annotator:
    """Loads the encoder, the heads and the segmenter once; then annotates tables."""

    def __init__(self, settings: NlpSettings | None = None) -> None:
        self.settings = settings or NlpSettings()
        folder = encoder_folder(self.settings.encoder)
        self.heads = tuple(heads().values())
        self.encoder = load_encoder(self.settings.encoder, batch_size=self.settings.batch_size)
        self.layers = load_layers(folder)
        check_layers(self.layers, self.heads, folder)
        self.segmenter = Segmenter(self.settings.user_words)
        self.cascade = self._cascade() if asks_second(self.settings) else None
        self.version = annotator_version(self.settings)

    def _cascade(self) -> Cascade:
        """The second opinion that the quality asks for."""
        folder = encoder_folder(self.settings.second)
        cascade = load_cascade(folder, batch_size=self.settings.batch_size)
        check_layers(cascade.layers, self.heads, folder)
        return cascade

    @property
    def columns(self) -> list[pa.Field]:
        """The columns of all heads."""
        return [column for head in self.heads for column in head.columns]

    def annotate(self, messages: pa.Table) -> pa.Table:
        """ANNOTATIONS of MESSAGES: one row a message, same order; unscored rows have null labels."""
        texts = messages["text"].combine_chunks().dictionary_encode()
        index = texts.indices.to_numpy(zero_copy_only=False)
        scored = _own_words(messages)
        wanted = np.unique(index[scored])
        facts = self._facts(texts.dictionary.to_pylist(), wanted)
        place = pa.array(index)
        rows = {"chat_id": messages["chat_id"], "message_id": messages["message_id"]}
        rows |= {name: facts[name].take(place) for name in ("tokens", "text_hash")}
        rows["encoder_version"] = pa.array([self.version]).take(pa.array(np.zeros(len(index), np.int64)))
        mine = pa.array(np.searchsorted(wanted, index), mask=~scored)
        for column in self.columns:
            rows[column.name] = facts[column.name].take(mine)
        for head in self.heads:
            if head.exempt is not None:
                rows |= exempted(head, rows, head.exempt(messages, self.settings) & scored)
        schema = annotations_schema(self.columns)
        table = pa.table([rows[name] for name in schema.names], schema=schema)
        return check_annotations(table, messages)

    def classify(self, texts: Sequence[str]) -> pa.Table:
        """The head columns of each text, in order. A missing text (None) counts as empty."""
        encoded = pa.array(texts, pa.string()).fill_null("").dictionary_encode()
        distinct = encoded.dictionary.to_pylist()
        facts = self._facts(distinct, np.arange(len(distinct)))
        return pa.table([facts[c.name].take(encoded.indices) for c in self.columns], schema=pa.schema(self.columns))

    def _facts(self, texts: Sequence[str], wanted: np.ndarray) -> dict[str, pa.ChunkedArray]:
        """Tokens and hash of every text, and the head columns of the texts at `wanted` (sorted)."""
        fields = {field.name: field for field in [*BASE, *self.columns]}
        parts: dict[str, list[pa.Array]] = {name: [] for name in fields}
        for first, end in chunks(texts, self.settings.max_chars):
            chunk = texts[first:end]
            chosen = wanted[(wanted >= first) & (wanted < end)] - first
            with no_gc():
                for name, array in self._score(chunk, chosen).items():
                    parts[name].append(array)
        return {name: pa.chunked_array(arrays, fields[name].type) for name, arrays in parts.items()}

    def _score(self, texts: Sequence[str], chosen: np.ndarray) -> dict[str, pa.Array]:
        """Facts of one chunk of distinct texts."""
        half = self.settings.max_chars // 2
        short = [t if len(t) <= 2 * half else t[:half] + t[-half:] for t in texts]
        normalized = normalize_texts(short)
        tokens = self.segmenter.segment(normalized.texts)
        facts = {"tokens": _token_array(tokens), "text_hash": pa.array(map(text_hash, normalized.texts), pa.uint64())}
        if len(chosen) < len(texts):
            short = [short[i] for i in chosen]
            tokens = [tokens[i] for i in chosen]
            normalized = normalized.take(chosen)
        missing = np.array([len(texts[i]) - len(s) for i, s in zip(chosen, short, strict=True)], np.int64)
        cues = find_cues(normalized)
        vectors = self.encoder.encode(normalized.texts)
        features = output_features(self.heads, cues)
        probabilities = self.layers.probabilities(vectors, features)
        if self.cascade:
            everything = self.settings.quality == "best"
            probabilities = self.cascade.refine(normalized.texts, features, probabilities, everything=everything)
        batch = Batch(
            normalized=normalized,
            blank=np.array([not text or text.isspace() for text in normalized.texts], bool),
            tokens=TokenSizes.of(tokens),
            cues=cues,
            vectors=vectors,
            probabilities=probabilities,
            directions=self.layers.directions(self.encoder.dim),
            encoder=self.encoder,
            cut=half,
            missing=missing,
        )
        for head in self.heads:
            facts |= head.predict(batch)
        return facts


def chunks(texts: Sequence[str], max_chars: int) -> Iterator[tuple[int, int]]:
    """Half-open ranges of texts to score together: at most CHUNK texts, and CHUNK_CHARS characters or one text."""
    first, size = 0, 0
    for i, text in enumerate(texts):
        cost = min(len(text), max_chars)
        if i > first and (i - first == CHUNK or size + cost > CHUNK_CHARS):
            yield first, i
            first, size = i, 0
        size += cost
    if len(texts) > first:
        yield first, len(texts)


def exempted(head: Head, rows: Mapping[str, pa.ChunkedArray], free: np.ndarray) -> dict[str, pa.ChunkedArray]:
    """The columns of `head` with its first label, full score and no evidence or extras where `free` is true."""
    plain = {f"{head.name}_label": head.labels[0], f"{head.name}_score": 1.0, f"{head.name}_evidence": []}
    values = {column.name: pa.scalar(plain.get(column.name), column.type) for column in head.columns}
    return {name: pc.if_else(pa.array(free), value, rows[name]) for name, value in values.items()}


def _own_words(messages: pa.Table) -> np.ndarray:
    """Rows that a member wrote as text, as booleans."""
    kinds = pc.is_in(messages["kind"], pa.array(SCORED_KINDS))
    return pc.and_(kinds, pc.is_null(messages["event"])).combine_chunks().to_numpy(zero_copy_only=False)


def _token_array(tokens: Sequence[Sequence[str]]) -> pa.Array:
    """Tokens of each text without white space."""
    flat = pa.array([token for row in tokens for token in row], pa.string())
    offsets = np.concatenate(([0], np.cumsum([len(row) for row in tokens]))).astype(np.int64)
    keep = pc.not_equal(pc.utf8_trim_whitespace(flat), "").to_numpy(zero_copy_only=False)
    kept = np.concatenate(([0], np.cumsum(keep)))[offsets].astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(kept), flat.filter(pa.array(keep)))


def text_hash(normalized: str) -> int:
    """64-bit hash of a normalised text: equal texts, equal hash, on every machine."""
    return int.from_bytes(blake2b(normalized.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
