"""Any webhook of one's own: our JSON, signed with X-Nuanqun-Signature = hex(HMAC-SHA256(secret, timestamp.body))."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime

from nuanqun.channels import Channel, Config, Notice, Post


def sign(secret: str, seconds: int, body: bytes) -> str:
    """The signature a receiver computes again; the time in it forbids replaying an old body."""
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()


def post(notice: Notice, config: Config, now: datetime) -> Post:
    """One JSON document: key, title, lines, sent_at."""
    document = {"key": notice.key, "title": notice.title, "lines": list(notice.lines), "sent_at": now.isoformat()}
    body, at = json.dumps(document, ensure_ascii=False).encode(), int(now.timestamp())
    signed = {"X-Nuanqun-Signature": sign(config["secret"], at, body)} if config.get("secret") else {}
    return Post(config["url"], body, {"X-Nuanqun-Timestamp": str(at), **signed})


CHANNEL = Channel(
    id="webhook", title="Webhook", fields=("url", "secret"), secret=("url", "secret"), optional=("secret",), post=post,
    per_minute=60, longest=60_000,
)  # fmt: skip
