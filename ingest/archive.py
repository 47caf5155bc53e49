"""Archives as parts of an export: zip, and tar with or without compression.

In: the path of an archive. Out: (name, Part) for every safe member, (name, reason) for a refused one.
Example: `for name, part in member_parts(Path("chat.zip")): ...`. An archive inside an archive is not opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.source import Part
from ingest.tar_parts import is_tar, tar_parts
from ingest.zip_parts import is_zip, zip_parts


def is_archive(path: Path) -> bool:
    """Whether the file packs other files; an office document does not count, whatever its extension."""
    return is_zip(path) or is_tar(path)


def member_parts(path: Path) -> Iterator[tuple[str, Part | str]]:
    """(name, Part) or (name, reason for refusal) for every file in it; raises UnsafeArchive for a broken one."""
    return zip_parts(path) if is_zip(path) else tar_parts(path)
