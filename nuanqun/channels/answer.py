"""What robots answer: HTTP 200 always, and the error inside the body.

In: the body. Out: "" when the message was taken, else what the service said.
"""

from __future__ import annotations

import json


def errcode(body: bytes) -> str:
    """WeCom and DingTalk: `{"errcode": 0}` is success."""
    return _code(body, "errcode", "errmsg")


def code(body: bytes) -> str:
    """Feishu: `{"code": 0}` is success; older robots answer `StatusCode`."""
    return _code(body, "code", "msg") if b'"code"' in body else _code(body, "StatusCode", "StatusMessage")


def _code(body: bytes, name: str, words: str) -> str:
    try:
        answer = json.loads(body)
        return "" if answer[name] == 0 else f"{name} {answer[name]}: {answer.get(words, '')}"
    except (ValueError, KeyError, TypeError):
        return f"an answer without {name}"
