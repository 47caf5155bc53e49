"""MESSAGES in, ANNOTATIONS out: tokens, and a label with score and evidence from every head.

Public names are loaded on first use, so that importing nlp does not import torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlp.annotate import Annotator
    from nlp.annotation import annotations_schema, check_annotations
    from nlp.heads import Head
    from nlp.segment import Segmenter, content_tokens
    from nlp.settings import NlpSettings

OWNER = "nuanqun"

_HOMES = {
    "Annotator": "nlp.annotate",
    "Head": "nlp.heads",
    "NlpSettings": "nlp.settings",
    "Segmenter": "nlp.segment",
    "annotations_schema": "nlp.annotation",
    "check_annotations": "nlp.annotation",
    "content_tokens": "nlp.segment",
}

__all__ = [
    "OWNER",
    "Annotator",
    "Head",
    "NlpSettings",
    "Segmenter",
    "annotations_schema",
    "check_annotations",
    "content_tokens",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nlp' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
