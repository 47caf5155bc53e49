"""Feishu or Lark group robot (飞书群机器人): a card by webhook, signed when it has a secret.

Source: open.feishu.cn, custom bot.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime

from nuanqun.channels import Channel, Config, Notice, Post, fit
from nuanqun.channels.answer import code

LONGEST = 16_000  # the whole body may have 20 KB


def sign(secret: str, seconds: int) -> str:
    """base64(HMAC-SHA256(key = "timestamp\\nsecret", message = ""))."""
    return base64.b64encode(hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


def post(notice: Notice, config: Config, now: datetime) -> Post:
    """One card; its text is plain, so that no name can become a link or a mention."""
    text = fit(notice, LONGEST, shape=lambda title, lines: "\n".join(f"· {line}" for line in lines) or title)
    card = {
        "header": {"title": {"tag": "plain_text", "content": notice.title[:100]}, "template": "orange"},
        "elements": [{"tag": "div", "text": {"tag": "plain_text", "content": text}}],
    }
    body: dict[str, object] = {"msg_type": "interactive", "card": card}
    if config.get("secret"):
        at = int(now.timestamp())
        body |= {"timestamp": str(at), "sign": sign(config["secret"], at)}
    return Post(config["url"], json.dumps(body, ensure_ascii=False).encode())


CHANNEL = Channel(
    id="feishu", title="飞书群机器人", fields=("url", "secret"), secret=("url", "secret"), optional=("secret",),
    post=post, accepted=code, hosts=("open.feishu.cn", "open.larksuite.com"), per_minute=100, longest=LONGEST,
)  # fmt: skip
