"""Knobs of the community stage: the only place with their defaults. Sources are in docs/metrics.md."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommunitySettings:
    """How the life of a chat is measured; days unless said."""

    influence_window: int = 84
    temperature_window: int = 28
    continuation_minutes: float = 3
    """A member's own message this recent is continued (3-line rule)."""
    answer_minutes: float = 10
    """A message naming me this recent is answered (3-line rule)."""
    min_messages: int = 3
    """Fewer messages in the window: no influence score."""
    min_members: int = 15
    """Fewer candidates in the window: influence says "sample too small"."""
    role_min_messages: int = 20
    """Fewer messages in the window: active roles are undecided."""
    risk_alarm: float = 0.60
    """P(dormant within 12 weeks) from which the dormancy alert fires."""
    short_lived_days: int = 14
    """A chat whose whole life is shorter and ended by itself is a short-lived group."""
