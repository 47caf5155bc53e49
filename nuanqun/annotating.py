"""What a worker does to annotate: models loaded once, parts of MESSAGES in, parts of ANNOTATIONS beside them out.

A worker imports this and no more than it needs: no statistics, no catalogue. Example: `annotate_parts(job)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from ingest.message import MESSAGES
from nlp.annotate import Annotator
from nlp.settings import NlpSettings
from nuanqun.correcting import OwnModel, full_version
from nuanqun.own_words import OwnWords
from nuanqun.parts import Part, read_parts, write_part


@dataclass(frozen=True, slots=True)
class AnnotateJob:
    """Some messages parts to annotate together."""

    workspace: Path
    parts: tuple[Part, ...]
    settings: NlpSettings
    words: OwnWords = OwnWords()
    model: OwnModel = OwnModel()


@lru_cache(maxsize=1)
def load_annotator(settings: NlpSettings) -> Annotator:
    """The annotator of this process: models are loaded once, on first use."""
    return Annotator(settings)


def annotate_parts(job: AnnotateJob) -> list[Part]:
    """Annotate messages parts and write an annotations part beside each (same stem, same rows)."""
    annotator = load_annotator(job.settings)
    messages = read_parts(job.workspace, job.parts, MESSAGES)
    annotations = job.model.apply(messages["text"], annotator.annotate(messages), annotator.version)
    annotations = job.words.apply(messages["text"], annotations)
    version = made_by(annotator.version, job.model, job.words)
    place = annotations.schema.get_field_index("encoder_version")
    named = pa.repeat(pa.scalar(version), annotations.num_rows)
    annotations = annotations.set_column(place, annotations.schema.field(place), named)
    written, start = [], 0
    for part in job.parts:
        rows = annotations.slice(start, part.rows)
        start += part.rows
        beside = {"table_name": "annotations", "chat_id": part.chat_id, "month": part.month, "stem": part.stem}
        written.append(write_part(job.workspace, rows, **beside, version=version))
    return written


def made_by(base: str, model: OwnModel, words: OwnWords) -> str:
    """The version of annotations: shipped models, the workspace's own model and words. Another one annotates anew."""
    return full_version(base, model.version(base), words.version)
