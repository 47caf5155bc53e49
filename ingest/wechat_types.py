"""What WeChat's numbers, type names and placeholders mean: one table for every WeChat exporter.

In: a type of the local database (v3 Type and SubType, v4 local_type), an exporter's name of it, or the placeholder
an exporter writes instead of a body. Out: a kind of MESSAGES and, for system rows, an event.
Example: `type_kind(49, 2001) == "red_packet"`; `read_placeholder("[文件] a.pdf").kind == "file"`.
Numbers as collected by LC044 (WeChatMsg), xaoyaoo (PyWxDump), sjzar (chatlog) and hicccc77 (WeFlow).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

REPLY, NUDGE = 57, 62
"""SubTypes of type 49 that carry more than a kind."""

_BY_TYPE = {
    1: "text", 3: "image", 34: "voice", 37: "card", 40: "card", 42: "card", 43: "video", 47: "sticker",
    48: "location", 50: "call", 53: "call", 62: "video", 65: "card", 66: "card",
    10000: "system", 10002: "system", 11000: "system",
}  # fmt: skip
_APP = {
    0: "file", 1: "text", 2: "image", 3: "link", 4: "link", 5: "link", 6: "file", 7: "link", 8: "sticker",
    17: "location", 19: "forward", 24: "forward", 33: "mini_program", 36: "mini_program", 40: "forward",
    44: "link", 50: "card", 51: "video", 53: "chain", 57: "text", 62: "system", 63: "video", 74: "file",
    76: "link", 87: "text", 88: "video", 92: "link", 2000: "transfer", 2001: "red_packet", 2003: "red_packet",
}  # fmt: skip
_WORDS = {
    "text": "文本 文本消息 引用 引用消息 引用回复 粘贴的文本 群公告 text reply",
    "image": "图片 图片消息 image photo",
    "voice": "语音 语音消息 语音文件 语音消息 - 转文字失败 voice audio",
    "video": "视频 视频消息 视频文件 小视频 视频号 视频号视频 视频号消息 视频号直播 视频号直播卡片 视频号直播或直播回放"
    " 视频号直播或直播回放等 (分享)视频号视频 video",
    "sticker": "动画表情 表情 表情包 表情消息 GIF表情 用户上传的GIF表情 sticker emoji",
    "file": "文件 文件消息 文件(猜) file",
    "link": "链接 链接消息 卡片式链接 (分享)卡片式链接 图文消息 音乐 音乐消息 音乐分享 (分享)音乐 游戏相关"
    " (分享)小说(猜) 卡片消息 链接/文件 link share music",
    "mini_program": "小程序 小程序消息 小程序分享 (分享)小程序",
    "card": "名片 名片消息 推荐公众号 添加好友 (分享)视频号名片 企业微信打招呼(猜) 企业微信添加好友(猜) contact card",
    "location": "位置 位置消息 位置共享 实时位置 location",
    "red_packet": "红包 红包卡片 红包消息 微信红包 红包封面 赠送红包封面",
    "transfer": "转账 转账消息 转账卡片 转账收款 微信转账",
    "chain": "接龙 接龙消息",
    "call": "通话 通话消息 语音通话 视频通话 语音/视频通话 call",
    "forward": "聊天记录 转发的聊天记录 合并转发 合并转发的聊天记录 聊天记录合并转发 笔记 (分享)笔记 (分享)收藏夹 收藏",
    "poll": "投票 群投票",
    "system": "系统 系统消息 系统通知 系统提示 拍一拍 邀请加群 消息撤回 撤回消息 撤回 system",
    "unknown": "未知 未知消息 其他 其他消息 分享 消息 other unknown",
}
# Two names contain a blank, which separates the others.
_BY_WORD = {"语音消息 - 转文字失败": "voice"} | {
    word.lower(): kind for kind, words in _WORDS.items() for word in words.replace(" - 转文字失败", "").split()
}
_EVENT_WORDS = {"拍一拍": "nudge", "邀请加群": "invite"}
_DIGITS = "0123456789,-"

# ![图片](url), [链接|title](url), [表情包：caption], [红包] wishes; the link form first, for titles with brackets.
_LINKED = re.compile(r"!?\[(?P<word>[^\[\]|:：\n]{1,14})(?:[|:：](?P<inner>[^\n]*))?\]\((?P<link>[^\n]*)\)(?P<rest>)$")
_PLAIN = re.compile(
    r"\[(?P<word>[^\[\]|:：\n]{1,14})(?:[|:：] ?(?P<inner>[^\n]*?))?\](?P<link>)[ \n]?(?P<rest>.*)$", re.DOTALL
)
_MEDIA_PATH = re.compile(
    r"(?:file://|https?://|\.{0,2}[\\/])?(?:[^\\/\n:*?\"<>|]+[\\/])+[^\\/\n]+\.(?P<ext>[A-Za-z0-9]{2,4})$"
)
_EXTENSIONS = {
    "image": "jpg jpeg png webp bmp heic dat", "sticker": "gif", "voice": "wav mp3 amr silk aac m4a ogg opus",
    "video": "mp4 mov avi mkv webm",
}  # fmt: skip
_BY_EXTENSION = {extension: kind for kind, known in _EXTENSIONS.items() for extension in known.split()}
MEDIA = frozenset(_EXTENSIONS)
"""Kinds whose body is a picture or a sound: a path or address in its place is no text."""


def split_type(number: int) -> tuple[int, int]:
    """(Type, SubType) of a v4 local_type; a plain v3 type comes back with SubType 0."""
    return number & 0xFFFFFFFF, number >> 32


def type_kind(number: int, subtype: int = 0) -> str | None:
    """The kind of a type, v3 (Type, SubType) or v4 local_type; None where the number says nothing."""
    number, upper = split_type(number)
    subtype = subtype or upper
    return _APP.get(subtype) if number == 49 else _BY_TYPE.get(number)


def name_kind(name: str) -> str | None:
    """The kind behind an exporter's type name ("图片消息", "(分享)小程序", "消息撤回57"); None when it is not known."""
    name = name.strip().lower()
    return _BY_WORD.get(name) or _BY_WORD.get(name.rstrip(_DIGITS))


def name_event(name: str) -> str | None:
    """The event that a type name alone states: nudge, invite or recall."""
    return "recall" if "撤回" in name else _EVENT_WORDS.get(name.strip())


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A body that an exporter wrote for something that is no text: its kind and what is left to read."""

    kind: str
    text: str
    word: str = ""


def read_placeholder(body: str) -> Placeholder | None:
    """The kind and the readable rest of "[链接] title", "![图片](url)", "[转账|发送 ￥1](memo)" or a media path.

    None for anything else, English words in brackets included. A link keeps its address on a line of its own;
    addresses of pictures and sounds are dropped.
    """
    found = _LINKED.match(body) or _PLAIN.match(body)
    word = found["word"].strip() if found else ""
    kind = None if word.isascii() else _BY_WORD.get(word.lower())
    if not found or not kind:
        path = None if "://" in body else _MEDIA_PATH.fullmatch(body)
        kind = _BY_EXTENSION.get(path["ext"].lower()) if path else None
        return Placeholder(kind, "") if kind else None
    if kind == "red_packet" and found["rest"].startswith("["):
        return None  # [红包] is also an emoji, and emoji come in rows
    inner, link, rest = (found["inner"] or "").strip(), found["link"].strip(), found["rest"].strip()
    if kind in MEDIA or kind == "file":
        link = ""
    elif kind == "location":
        inner = inner.split("|")[0]  # [位置|name|latitude|longitude]
    return Placeholder(kind, "\n".join(part for part in (inner, link, rest) if part), word)


def media_text(kind: str, body: str) -> str:
    """A body of that kind without the path or address of the media file: "" when nothing else is there."""
    if kind in MEDIA and (_MEDIA_PATH.fullmatch(body) or body.startswith(("http://", "https://"))):
        return ""
    return body
