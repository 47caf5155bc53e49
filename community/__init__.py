"""MESSAGES and ANNOTATIONS in; EDGES, MEMBERS, DAYS, ALERTS and CHATS out.

Public names are loaded on first use: an import of exports needs the tables, not the 60 MB of statistics behind them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from community.analysis import Analysis, analyse
    from community.settings import CommunitySettings

OWNER = "nuanqun"

_HOMES = {
    "Analysis": "community.analysis",
    "CommunitySettings": "community.settings",
    "analyse": "community.analysis",
}

__all__ = ["OWNER", "Analysis", "CommunitySettings", "analyse"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'community' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
