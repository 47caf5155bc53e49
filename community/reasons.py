"""Reasons: machine-readable sentences. The stage says what is true; the dashboard's catalogue says it in words.

A reason is the JSON text of `[key, {argument: value}]`, e.g. `["risk.active_days", {"days": 9, "sign": "-"}]`;
the catalogue holds a template a language under that key ("近 28 天只有 {days} 天有人说话").
"""

from __future__ import annotations

import json

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # one encoder: reasons come by the 100,000


def reason(key: str, **arguments: str | int | float | list[str]) -> str:
    """Encode one reason; arguments are plain values, floats already rounded for display."""
    return _encode([key, arguments])


def read_reason(text: str) -> tuple[str, dict[str, str | int | float | list[str]]]:
    """Decode what `reason` encoded."""
    key, arguments = json.loads(text)
    return key, arguments
