"""Slack incoming webhook: one text block; &, < and > are escaped as Slack asks, so no name can mention anybody."""

from __future__ import annotations

import json
from datetime import datetime

from nuanqun.channels import Channel, Config, Notice, Post, fit

LONGEST = 2900  # a section block takes 3,000 characters


def post(notice: Notice, config: Config, now: datetime) -> Post:
    """One message of a plain heading and a list."""
    text = fit(notice, LONGEST, shape=lambda title, lines: "\n".join(f"• {_plain(line)}" for line in lines) or title)
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": notice.title[:150]}},
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}},
    ]
    return Post(
        config["url"], json.dumps({"text": _plain(notice.title), "blocks": blocks}, ensure_ascii=False).encode()
    )


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def accepted(body: bytes) -> str:
    """Slack answers `ok`."""
    return "" if body.strip() == b"ok" else body[:200].decode("utf-8", "replace")


CHANNEL = Channel(
    id="slack", title="Slack", fields=("url",), secret=("url",), post=post, accepted=accepted,
    hosts=("hooks.slack.com",), per_minute=50, longest=LONGEST,
)  # fmt: skip
