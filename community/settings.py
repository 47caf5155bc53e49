"""Knobs of the community stage: the only place with their defaults. Sources are in docs/metrics.md."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CommunitySettings:
    """How the life of a chat is measured; days unless said."""

    influence_window: int = 84
    temperature_window: int = 28
    continuation_minutes: float = 3
    """A member's own message this recent is continued (3-line rule)."""
    answer_minutes: float = 10
    """A message naming me this recent is answered (3-line rule)."""
    turn_minutes: float = 30
    """Without any name, the previous speaker this recent is a weak guess of who is answered."""
    link_confidence: float = 0.3
    """Links below this confidence are drawn, but count for nothing."""
    min_messages: int = 3
    """Fewer messages in the window: no influence score."""
    min_members: int = 15
    """Fewer candidates in the window: influence says "sample too small"."""
    role_min_messages: int = 20
    """Fewer messages in the window: active roles are undecided."""
    ad_account_share: float = 0.5
    """A member with at least this share of ads, and at least two, is an ad account, 0..1."""
    risk_alarm: float = 0.60
    """P(dormant within 12 weeks) from which the dormancy alert fires."""
    short_lived_days: int = 14
    """A chat whose whole life is shorter and ended by itself is a short-lived group."""
    min_history: int = 56
    """Less history gives no dormancy risk and the stage `sprout`."""
    alerts: dict[str, dict[str, float]] = field(default_factory=dict)
    """Thresholds of single warning rules that differ from the rule's own, by rule id."""
