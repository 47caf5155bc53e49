"""Knobs of the ingest stage: the only place with their defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How exports are read."""

    zone: str = "Asia/Shanghai"
    """Zone of wall-clock times when the export does not state one."""
    max_failed_share: float = 0.05
    """Above this share of unreadable lines a file is refused, 0..1."""
    batch_rows: int = 50_000
    """Rows per Arrow batch while streaming."""
    bridge_nicks: tuple[str, ...] = ()
    """IRC relay bots whose lines carry the real speaker ("<bot> [telegram] anna: hi"): anna counts, not the bot."""
