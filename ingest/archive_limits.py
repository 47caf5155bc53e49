"""What an archive may ask of this machine, whatever packed it.

In: names and sizes of members. Out: a reason for refusal, or an empty string. Example: `refuse_name("../a.txt")`.
"""

from __future__ import annotations

MAX_MEMBERS = 100_000
MAX_RATIO = 200
"""Uncompressed to compressed size from which an archive or a member looks like a bomb."""
SMALL = 10 << 20
"""What unpacks to no more than this is harmless whatever its ratio, bytes."""


def refuse_name(name: str) -> str:
    """Why no member may have this name."""
    clean = name.replace("\\", "/")
    if clean.startswith("/") or ":" in clean.split("/")[0] or ".." in clean.split("/"):
        return "its path leads out of the archive"
    return ""


def refuse_ratio(unpacked: int, packed: int) -> str:
    """Why nothing of `packed` bytes may unpack to so many."""
    if unpacked > SMALL and unpacked > MAX_RATIO * max(1, packed):
        return f"it unpacks to {unpacked // max(1, packed)} times its size"
    return ""
