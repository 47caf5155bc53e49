"""Knobs of the nlp stage: the only place with their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class NlpSettings:
    """How messages are annotated."""

    encoder: str = "light"
    """Folder under models/, or a path: `light` (hashed character n-grams) or a transformers encoder."""
    quality: Literal["fast", "balanced", "best"] = "fast"
    """fast = the light model alone; balanced = the encoder is asked where the light model is unsure; best = always.
    Only beside the light model: another `encoder` decides alone."""
    second: str = "encoder"
    """Folder of the tuned encoder that balanced and best ask: under models/, or a path."""
    batch_size: int = 64
    """Messages per encoder batch."""
    max_chars: int = 1_000
    """Longer messages are scored on their first and last halves of this many characters."""
    user_words: tuple[str, ...] = ()
    """Words that jieba must keep whole, beside data/lexicons/user_words.txt."""
    trusted_roles: tuple[str, ...] = ("owner",)
    """Platform roles whose messages are never ads: what the owner of a chat offers is the chat's business."""
