"""WeChat's XML bodies as what a person reads: title, quote, transcript, place, names in a nudge.

In: the raw content of a non-text row. Out: `XmlBody`. Example: `read_xml("<msg><appmsg><title>好</title>...").text`.
Databases and exporters cut and mangle this XML, so tags are found one by one instead of by a strict parser; that
also keeps entity bombs inert.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from html import unescape

from ingest.wechat_types import NUDGE, REPLY, type_kind

LABELS = {
    "image": "[图片]", "voice": "[语音]", "video": "[视频]", "sticker": "[表情]", "file": "[文件]", "link": "[链接]",
    "card": "[名片]", "location": "[位置]", "forward": "[聊天记录]", "mini_program": "[小程序]", "chain": "[接龙]",
    "red_packet": "[红包]", "transfer": "[转账]", "call": "[通话]",
}  # fmt: skip
"""What stands for a quoted message that has no text of its own."""
_ROOT = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<(?:msg|appmsg|sysmsg|voipmsg|msgsource)\b")
_MEDIA_TAGS = {"img": "image", "voicemsg": "voice", "videomsg": "video", "emoji": "sticker", "location": "location"}
_RAW_MEMBER = re.compile(r"\$\{([^{}]+)\}|\$([A-Za-z0-9_@-]{6,})\$")


@dataclass(slots=True)
class XmlBody:
    """What an XML body says; `kind` None where it does not tell. `actors` and `targets` are ids."""

    kind: str | None = None
    text: str = ""
    url: str = ""
    reply_to: str | None = None
    quoted_text: str | None = None
    quoted_name: str | None = None
    event: str | None = None
    actors: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)


def is_xml(body: str) -> bool:
    """Whether a body is one of WeChat's XML documents (not any text with a < in it)."""
    return "<" in body and _ROOT.match(body) is not None


def read_xml(body: str, number: int = 0, subtype: int = 0, *, depth: int = 0) -> XmlBody:
    """The readable part of an XML body; Type and SubType help where the XML lacks its own. Never raises."""
    if "<sysmsg" in body:
        return _read_sysmsg(body)
    if "<appmsg" in body or "<title>" in body:
        return _read_app(body, subtype, depth)
    for tag, kind in _MEDIA_TAGS.items():
        if f"<{tag}" in body:
            return XmlBody(kind, _media_words(kind, body))
    if "voipmsg" in body or "VoIPBubbleMsg" in body:
        return XmlBody("call", _tag(body, "msg"))
    nickname = _attribute(body, "msg", "nickname")
    return XmlBody("card" if nickname else type_kind(number, subtype), nickname)


def read_at_list(source: str) -> list[str]:
    """Ids in the <atuserlist> of a message's source; "@all" for notify@all."""
    listed = _tag(source, "atuserlist") if "atuserlist" in source else ""
    return ["@all" if who == "notify@all" else who for who in re.split(r"[,;\s]+", listed) if who]


def resolve_members(text: str) -> str:
    """Templates name members by id: "${wxid_a}" becomes "wxid_a"."""
    return _RAW_MEMBER.sub(lambda found: found[1] or found[2], text) if "$" in text else text


def _media_words(kind: str, body: str) -> str:
    if kind == "voice":
        return _attribute(body, "voicetrans", "transtext") or _tag(body, "transtext")
    if kind == "location":
        names = (_attribute(body, "location", name) for name in ("label", "poiname"))
        return " ".join(name for name in names if name and name != "[位置]")
    return ""


def _read_app(body: str, subtype: int, depth: int) -> XmlBody:
    """An <appmsg>: everything of type 49."""
    inner = {name: _raw(body, name) for name in ("refermsg", "recorditem", "patMsg", "weappinfo")}
    outer = body
    for value in inner.values():
        outer = outer.replace(value, "") if value else outer
    own = _tag(outer, "type")
    subtype = int(own) if own.isdecimal() else subtype
    title, url = _tag(outer, "title"), _tag(outer, "url")
    kind = type_kind(49, subtype)
    if subtype == REPLY or inner["refermsg"]:
        return _read_reply(title, inner["refermsg"], depth)
    if subtype == NUDGE or inner["patMsg"]:
        return _read_nudge(inner["patMsg"] or body, title)
    if subtype == 19 or inner["recorditem"]:
        return XmlBody("forward", _join(title, _records(inner["recorditem"]) or _tag(outer, "des")))
    if subtype == 87:
        return XmlBody("text", _tag(outer, "textannouncement") or title)
    if subtype == 2000:
        return XmlBody("transfer", _join(_tag(outer, "feedesc"), _tag(outer, "pay_memo"), between=" "))
    if subtype == 2001:
        return XmlBody("red_packet", _tag(outer, "sendertitle") or _tag(outer, "receivertitle") or title)
    if kind == "mini_program":
        return XmlBody(kind, title or _tag(outer, "sourcedisplayname"))
    if kind == "video":
        return XmlBody(kind, _tag(outer, "desc") or title)
    if kind == "link":
        return XmlBody(kind, _join(title, _tag(outer, "des")), url)
    return XmlBody(kind, title, url)


def _read_reply(title: str, refer: str, depth: int) -> XmlBody:
    content = _tag(refer, "content")
    if is_xml(content) and depth < 3:
        quoted = read_xml(content, depth=depth + 1)
        content = quoted.text or LABELS.get(quoted.kind or "", "")
    else:
        number = _tag(refer, "type")
        kind = type_kind(int(number)) if number.isdecimal() else "text"
        content = LABELS.get(kind or "", "") if not content or (kind != "text" and "<" in content) else content
    server_id = _tag(refer, "svrid")
    return XmlBody(
        "text",
        title,
        reply_to=server_id if server_id.strip("0") else None,
        quoted_text=content or None,
        quoted_name=_tag(refer, "displayname") or _tag(refer, "chatusr") or None,
    )


def _read_nudge(record: str, title: str) -> XmlBody:
    text = resolve_members(_tag(record, "templete") or _tag(record, "template") or title)
    actor = _tag(record, "fromUser") or _tag(record, "fromusername")
    target = _tag(record, "pattedUser") or _tag(record, "pattedusername")
    return XmlBody("system", text, event="nudge", actors=[actor] if actor else [], targets=[target] if target else [])


def _read_sysmsg(body: str) -> XmlBody:
    if "<pat>" in body or "pattedusername" in body:
        return _read_nudge(body, "")
    if "<revokemsg" in body:
        text = _tag(body, "replacemsg") or _tag(body, "content")
        return XmlBody("system", text, event="recall")
    text = _tag(body, "plain") or _filled_template(body) or _tag(body, "text") or _tag(body, "content")
    return XmlBody("system", re.sub(r"<[^<>]{1,200}>", "", text))


def _filled_template(body: str) -> str:
    """A system sentence with its $username$ slots filled by the names in the link list."""
    text = _tag(body, "template")
    for found in re.finditer(r'<link name="(\w+)"[^>]*>(.*?)</link>', body, re.DOTALL):
        names = re.findall(r"<nickname>(.*?)</nickname>", found[2], re.DOTALL) or [_tag(found[2], "title")]
        between = _tag(found[2], "separator") or "、"
        text = text.replace(f"${found[1]}$", between.join(_clean(name) for name in names))
    return text


def _records(item: str) -> str:
    """The lines of a merged forward: who, when, what."""
    item = _clean(item)
    lines = []
    for found in re.finditer(r"<dataitem\b(.*?)</dataitem>", item, re.DOTALL):
        who, when = _tag(found[1], "sourcename"), _tag(found[1], "sourcetime")
        what = _tag(found[1], "datadesc") or _tag(found[1], "datatitle") or "[...]"
        lines.append(f"{who} {when}: {what}" if when else f"{who}: {what}")
    return "\n".join(lines)


def _join(*parts: str, between: str = "\n") -> str:
    return between.join(part for part in parts if part)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"<{name}(?:\s[^<>]*)?>(.*?)</{name}>", re.DOTALL)


def _raw(xml: str, name: str) -> str:
    found = _pattern(name).search(xml) if f"<{name}" in xml else None
    return found[1] if found else ""


def _tag(xml: str, name: str) -> str:
    """Text of the first element `name`, without CDATA and entities."""
    return _clean(_raw(xml, name)).strip()


def _clean(text: str) -> str:
    stripped = text.strip()
    if stripped.startswith("<![CDATA["):
        return stripped.removeprefix("<![CDATA[").removesuffix("]]>")
    return unescape(text)


def _attribute(xml: str, tag: str, name: str) -> str:
    found = re.search(rf"<{tag}\b[^<>]*?\b{name}\s*=\s*([\"'])(.*?)\1", xml, re.DOTALL)
    return unescape(found[2]).strip() if found else ""
