"""DingTalk group robot (钉钉群机器人): markdown by webhook, signed when it has a secret.

Source: open.dingtalk.com, custom robot.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from urllib.parse import quote_plus

from nuanqun.channels import Channel, Config, Notice, Post, fit
from nuanqun.channels.answer import errcode
from nuanqun.figures import markdown

LONGEST = 4096


def sign(secret: str, milliseconds: int) -> str:
    """base64(HMAC-SHA256(key = secret, message = "timestamp\\nsecret")), url-encoded."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return quote_plus(base64.b64encode(digest))


def post(notice: Notice, config: Config, now: datetime) -> Post:
    """One markdown message."""
    text = fit(notice, LONGEST, shape=lambda title, lines: "\n\n".join([f"#### {markdown(title)}", *map(_line, lines)]))
    body = {"msgtype": "markdown", "markdown": {"title": notice.title[:60], "text": text}}
    url = config["url"]
    if config.get("secret"):
        at = int(now.timestamp() * 1000)
        url += f"{'&' if '?' in url else '?'}timestamp={at}&sign={sign(config['secret'], at)}"
    return Post(url, json.dumps(body, ensure_ascii=False).encode())


def _line(text: str) -> str:
    return f"- {markdown(text)}"


CHANNEL = Channel(
    id="dingtalk", title="钉钉群机器人", fields=("url", "secret"), secret=("url", "secret"), optional=("secret",),
    post=post, accepted=errcode, hosts=("oapi.dingtalk.com",), per_minute=18, longest=LONGEST,
)  # fmt: skip
