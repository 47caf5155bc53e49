"""MESSAGES and ANNOTATIONS in; EDGES, MEMBERS, DAYS, ALERTS and CHATS out."""

from community.analysis import Analysis, analyse
from community.settings import CommunitySettings

OWNER = "nuanqun"

__all__ = ["OWNER", "Analysis", "CommunitySettings", "analyse"]
