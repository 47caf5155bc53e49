"""Members who asked to be forgotten: enough is kept to refuse their exports, and nothing that says who they were.

Member ids are short (a QQ number has ten digits), so a bare hash of one is found by trying them all. What is kept is
therefore an HMAC under a random key that lies beside the catalogue, for its owner's eyes only: a copy of the catalogue
alone names nobody. Example: `read_forgotten(engine, workspace).holds("qq", "10001")`.
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import sqlalchemy as sa
from filelock import FileLock

from nuanqun import catalogue as cat
from nuanqun.errors import WorkspaceError
from nuanqun.traces import wipe_free_pages

KEY_FILE = "forgotten.key"
"""Where a workspace keeps its key, 32 random bytes as hex; a backup without it lets the forgotten come back."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The members that must not come back."""

    hashes: frozenset[str] = frozenset()
    key: bytes = b""

    def __bool__(self) -> bool:
        """Whether there is anybody."""
        return bool(self.hashes)

    def holds(self, platform: str, member_id: str) -> bool:
        """Whether this member asked to be forgotten."""
        return bool(self) and member_hash(platform, member_id, self.key) in self.hashes


def member_hash(platform: str, member_id: str, key: bytes) -> str:
    """What is kept of a forgotten member: HMAC-SHA256 of `bare_hash` (RFC 2104), 64 hex digits."""
    return under_key(bare_hash(platform, member_id), key)


def bare_hash(platform: str, member_id: str) -> str:
    """The hash of catalogues before revision 0007; under the key it is still the same member."""
    return blake2b(f"{platform}\0{member_id}".encode(), digest_size=16, person=b"nuanqun forget").hexdigest()


def under_key(bare: str, key: bytes) -> str:
    """A bare hash as it is kept."""
    return hmac.new(key, bare.encode("ascii"), "sha256").hexdigest()


def read_forgotten(engine: sa.Engine, workspace: Path) -> Forgotten:
    """Who must not come back; raises WorkspaceError when the key is gone that would recognise them."""
    with engine.connect() as connection:
        hashes = frozenset(connection.scalars(sa.select(cat.forgotten.c.member_hash)))
    if not hashes:
        return Forgotten()
    path = workspace / KEY_FILE
    if not path.exists():
        raise WorkspaceError(
            f"{path} is missing, so members who asked to be forgotten cannot be recognised and nothing is imported. "
            "Restore it from a backup of the workspace."
        )
    return Forgotten(hashes, forgetting_key(workspace))


def forgetting_key(workspace: Path) -> bytes:
    """The key of a workspace; made, and synced to disk, when there is none."""
    path = workspace / KEY_FILE
    with FileLock(f"{path}.lock"):
        if not path.exists():
            handle, temporary = tempfile.mkstemp(dir=workspace, prefix=f".{KEY_FILE}")  # mode 0600
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
    return bytes.fromhex(path.read_text("ascii").strip())


def put_under_key(engine: sa.Engine, workspace: Path) -> None:
    """Put the bare hashes of an older catalogue under the key, by one transaction, and wipe what they were."""
    bare = sa.select(cat.forgotten.c.member_hash).where(cat.forgotten.c.keyed.is_(False))
    with engine.connect() as connection:
        if connection.scalar(bare.limit(1)) is None:
            return
    key = forgetting_key(workspace)
    with engine.begin() as connection:
        for old in connection.scalars(bare).all():
            mine = cat.forgotten.c.member_hash == old
            connection.execute(cat.forgotten.update().where(mine).values(member_hash=under_key(old, key), keyed=True))
    wipe_free_pages(engine)
