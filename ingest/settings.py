"""Knobs of the ingest stage: the only place with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.redact import KINDS_OF_DATA

MIN_SALT = 8
"""Characters below which a salt can be found by trying all."""


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How exports are read."""

    zone: str = "Asia/Shanghai"
    """Zone of wall-clock times when the export does not state one."""
    max_failed_share: float = 0.05
    """Above this share of unreadable lines a file is refused, 0..1."""
    batch_rows: int = 8_000
    """Rows per Arrow batch while streaming."""
    bridge_nicks: tuple[str, ...] = ()
    """IRC relay bots whose lines carry the real speaker ("<bot> [telegram] anna: hi"): anna counts, not the bot."""
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Which column of a table is what, by header hash: {"a1b2": {"time": "When", "text": "What"}}."""
    mask: tuple[str, ...] = ()
    """Personal data that is replaced in texts before anything is stored: phone, id_card, bank_card, email, plate,
    address. What was masked at import cannot be brought back."""
    pseudonym_salt: str = ""
    """With a salt, members are stored under pseudonyms made of their ids and names and this secret (8 characters or
    more); keep it, or the next import cannot recognise them. Empty: names are stored."""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.mask) - set(KINDS_OF_DATA))
        if unknown:
            raise ValueError(f"mask: {', '.join(unknown)} unknown; choose of {', '.join(KINDS_OF_DATA)}")
        if self.pseudonym_salt and len(self.pseudonym_salt) < MIN_SALT:
            raise ValueError(f"pseudonym_salt: give it {MIN_SALT} characters or more")
