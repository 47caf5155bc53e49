"""Links and mentions inside message texts.

In: the text of one message. Out: lists of what it contains. Example: `find_mentions("@小王 在吗") == ["小王"]`.
"""

from __future__ import annotations

import re

_URL = re.compile(
    r"(?:https?|ftp)://[^\s<>\"'，。；、！？）】》」”’\u2005]+|(?<![\w/.@])www\.[\w-]+\.[^\s<>\"'，。；、）】》」”]+"
)
_AT_WECHAT = re.compile("@([^@\u2005]{1,40})\u2005")
_AT = re.compile(r"(?<![\w.+-])@([^\s@\u2005:：,，。;；!！?？、]{1,30})")
_EVERYONE = ("所有人", "全体成员", "全體成員", "everyone", "all", "here", "channel")


def find_urls(text: str) -> list[str]:
    """Web addresses in order of appearance, trailing punctuation removed."""
    if "://" not in text and "www." not in text:
        return []
    return [url.rstrip(".,;:!?)") for url in _URL.findall(text)]


def find_mentions(text: str) -> list[str]:
    """Names after an @ as written, "@all" for everyone; WeChat ends a name with U+2005, so it may hold spaces."""
    if "@" not in text:
        return []
    names = _AT_WECHAT.findall(text)
    rest = _AT_WECHAT.sub(" ", text) if names else text
    found = [name.strip() for name in names] + _AT.findall(rest)
    return ["@all" if name.lower() in _EVERYONE else name for name in found]
