"""Knobs of the nlp stage: the only place with their defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NlpSettings:
    """How messages are annotated."""

    encoder: str = "light"
    """Folder under models/, or a path: `light` (hashed character n-grams) or a transformers encoder."""
    batch_size: int = 64
    """Messages per encoder batch."""
    max_chars: int = 1_000
    """Longer messages are scored on their first and last halves of this many characters."""
    user_words: tuple[str, ...] = ()
    """Words that jieba must keep whole, beside data/lexicons/user_words.txt."""
    trusted_roles: tuple[str, ...] = ("owner",)
    """Platform roles whose messages are never ads: what the owner of a chat offers is the chat's business."""
