"""WeCom group robot (企业微信群机器人): markdown by webhook; developer.work.weixin.qq.com/document/path/91770."""

from __future__ import annotations

import json
from datetime import datetime

from nuanqun.channels import Channel, Config, Notice, Post, fit
from nuanqun.channels.answer import errcode
from nuanqun.figures import markdown

LONGEST = 4096  # bytes of markdown content


def post(notice: Notice, config: Config, now: datetime) -> Post:
    """One markdown message; the key in the URL is the only secret."""
    text = fit(notice, LONGEST, shape=lambda title, lines: "\n".join([f"**{markdown(title)}**", *map(_line, lines)]))
    body = {"msgtype": "markdown", "markdown": {"content": text}}
    return Post(config["url"], json.dumps(body, ensure_ascii=False).encode())


def _line(text: str) -> str:
    return f"> {markdown(text)}"


CHANNEL = Channel(
    id="wecom", title="企业微信群机器人", fields=("url",), secret=("url",), post=post, accepted=errcode,
    hosts=("qyapi.weixin.qq.com",), per_minute=20, longest=LONGEST,
)  # fmt: skip
