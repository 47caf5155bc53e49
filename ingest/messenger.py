"""What the Messenger and Instagram formats share: the repair of their text and the sentences of their events.

In: strings as Meta writes them. Out: text, events. Example: `repair("å¼\\xa0") == "张"`.
"""

from __future__ import annotations

import re

from ingest.system_lines import SystemEvent, read_system

_NOTICES = tuple(
    (event, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for event, pattern in (
        ("invite", r"added (?P<t>.+?) to (?:the|this) (?:group|chat|conversation)\.?"),
        ("kick", r"removed (?P<t>.+?) from (?:the|this) (?:group|chat|conversation)\.?"),
        ("leave", r"left the (?:group|chat|conversation)\.?"),
        ("join", r"joined the (?:group|chat|conversation)(?: .*)?\.?"),
        ("group_created", r"created (?:the|this) (?:group|chat)\.?"),
        ("rename", r"(?:named|changed the name of) the (?:group|chat)\b.*"),
        ("rename", r"(?:set|cleared) (?:the|your|his|her|their|own) nickname.*"),
        ("role_change", r"(?:made|added|removed) (?P<t>.+?) (?:a group|as a group|as group|as an?) admin\.?"),
        ("call", r"(?:started|joined|ended|missed) (?:a|an|the|your) (?:video |audio |voice )?(?:call|chat)\b.*"),
        ("call", r"(?:called|missed a (?:video )?call from) \S.*"),
        ("pin", r"(?:un)?pinned a message\.?"),
        ("other", r"(?:changed|set|updated) the (?:group photo|(?:chat )?theme|emoji|quick reaction|chat color).*"),
        ("other", r"(?:created a poll|voted (?:for|in)|changed (?:their|his|her|your) vote).*"),
        ("other", r"(?:reacted .{1,12} to|liked) (?:your|a|the|an|their|his|her) (?:message|photo|video|post)\.?"),
        ("other", r"turned (?:on|off) .*"),
    )
)
_ALONE = re.compile(r"(?:Reacted .{1,12} to your message|Liked a message|The (?:video |audio )?call ended)\s*\.?\s*")
_GROUP_NEWS = re.compile(r"群主已.{2,20}进群方式|该群(?:开启|关闭)了.{2,20}|本群已.{2,20}")
LONGEST = 300


def repair(text: str) -> str:
    """Text whose UTF-8 bytes were escaped one by one (\\u00e5\\u00bc\\u00a0), if it round-trips; else unchanged."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def read_notice(text: str, names: set[str], sender: str) -> SystemEvent | None:
    """The event a text reports, None for what the sender wrote.

    Meta stores events as content of whoever caused them; they begin with a member's name, a quoted name, or "you".
    """
    if not text or len(text) > LONGEST or "\n" in text:
        return None
    if _ALONE.fullmatch(text) or _GROUP_NEWS.fullmatch(text):
        return SystemEvent("other", [sender])
    for lead in sorted({sender, "You", *names}, key=len, reverse=True):
        rest = text[len(lead) :].lstrip() if lead and text.startswith(lead) else ""
        for event, pattern in _NOTICES if rest else ():
            found = pattern.fullmatch(rest)
            if found:
                target = found.groupdict().get("t")
                return SystemEvent(event, [sender], [target] if target else [])
        if rest and (told := read_system(text)).event != "other":
            return SystemEvent(told.event, told.actors or [sender], told.targets)
    if text[0] in '"“「你您':
        told = read_system(text)
        return told if told.event != "other" else None
    return None
