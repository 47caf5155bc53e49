"""System sentences of chat tools, in simplified and traditional Chinese, Japanese and English, as events.

In: the text of a system line. Out: `SystemEvent` with who did it and to whom, by the names in the sentence.
Example: `read_system('"A"邀请"B"加入了群聊') -> SystemEvent("invite", ["A"], ["B"])`.
The exporting account is written 你 or You; it stays so, because the line does not say who that is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.text_lines import strip_invisible


@dataclass(frozen=True, slots=True)
class SystemEvent:
    """What a system line reports; names as written, without quotes.

    `actors` did it, `targets` underwent it: inviter and invited, remover and removed. Of a join by QR code the
    newcomer is the actor and the one whose code it was the target.
    """

    event: str
    actors: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)


_GROUP = r"(?:本?群聊?|本?群组|本?群組|群里|讨论组|聊天|聊天室)"
# a = who did it, t = to whom. The first pattern that matches decides, so the specific ones come first.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (event, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for event, pattern in (
        ("scan_qr", rf"^(?P<t>.+?)\s*(?:通过|通過)扫描\s*(?P<a>.+?)\s*分享的二维码加入了?{_GROUP}"),
        ("scan_qr", rf"^(?P<t>.+?)\s*(?:通过|透過|通過)(?:扫描|掃描)?.*(?:二维码|二維碼|QR).*加入了?{_GROUP}"),
        ("scan_qr", r"^(?P<t>.+?) joined the group(?: chat)? via (?:the |a )?QR code shared by (?P<a>.+?)\.?$"),
        ("invite", r"^(?P<a>.+?)が(?P<t>.+?)を(?:グループに)?招待しました"),
        ("kick", r"^(?P<a>.+?)が(?P<t>.+?)を(?:グループから)?(?:削除し|(?:強制)?退会させ)ました"),
        ("join", r"^(?P<t>.+?)が(?:グループに)?参加しました"),
        ("leave", r"^(?P<a>.+?)が(?:グループ(?:を|から))?退(?:会|出)しました"),
        ("recall", r"^(?P<a>.+?)(?:が|は)メッセージの送信を取り消しました"),
        ("rename", r"^(?P<a>.+?)が(?:グループ|トークルーム)名を.*変更しました"),
        ("invite", rf"^(?P<a>.+?)\s*(?:邀请|邀請)了?\s*(?P<t>.+?)\s*(?:加入|进入|進入)了?\s*{_GROUP}"),
        ("invite", r"^(?P<a>.+?) invited (?P<t>.+?) to (?:join )?the group(?: chat)?\b"),
        ("join", rf"^(?P<t>.+?)\s*(?:已|新)?(?:加入|进入|進入)了?\s*{_GROUP}[。.!！]?$"),
        ("invite", r"^(?P<a>.+?) added (?P<t>.+?)\.?$"),
        ("invite", r"^(?P<a>.+?)(?:已添加|添加了|新增了|已新增|已加入)(?P<t>.+?)[。.]?$"),
        ("invite", r"^(?P<t>.+?) (?:was|were) added(?: by (?P<a>.+?))?\.?$"),
        ("kick", rf"^(?P<a>.+?)\s*(?:将|將|把)\s*(?P<t>.+?)\s*(?:移出|移除|踢出)了?{_GROUP}"),
        ("kick", rf"^(?P<t>.+?)\s*被\s*(?P<a>.*?)\s*(?:移出|移除|踢出)了?{_GROUP}"),
        ("kick", r"^(?P<a>.+?)(?:移除了|已移除|已將移除)(?P<t>.+?)[。.]?$"),
        ("kick", r"^(?P<a>.+?) (?:removed|kicked) (?P<t>.+?)(?: (?:from|out of) the group(?: chat)?)?\.?$"),
        ("leave", rf"^(?P<a>.+?)\s*(?:已|主动)?(?:退出|离开|離開)了?(?:{_GROUP})?[。.]?$"),
        ("leave", r"^(?P<a>.+?) (?:has )?left(?: the group(?: chat)?)?\.?$"),
        ("recall", r"^(?P<a>.+?)\s*(?:已)?(?:撤回|收回)了?(?:一条|一則|一个)?(?:成员.*的)?(?:消息|訊息|讯息)"),
        ("recall", r"^(?P<a>.+?) (?:has )?(?:recalled|unsent) a message"),
        ("nudge", r"^(?P<a>.+?)\s*(?:拍了拍|戳了戳|戳了一下|拍一拍)\s*(?P<t>.+?)[。.]?$"),
        ("nudge", r"^(?P<a>.+?) (?:tickled|nudged|patted) (?P<t>.+?)\.?$"),
        (
            "rename",
            r"^(?P<a>.+?)\s*(?:将|把|將)?\s*(?:修改|更改|變更|改)?了?(?:群名称|群名稱|群名|群組名稱|群组名称|主題|主题)",
        ),
        ("rename", r"^(?P<a>.+?) changed (?:the |this )?(?:group )?(?:subject|name|group's name)\b"),
        ("red_packet_taken", r"^(?P<a>.+?)\s*(?:领取|領取|抢到)了?\s*(?P<t>.+?)的?红包"),
        ("red_packet_taken", r"^(?P<a>.+?) opened (?P<t>.+?)(?:'s)? red packet"),
        ("role_change", r"^(?P<t>.+?)\s*(?:已成为|已成為|成为|成為|被设为|被設為).*(?:群主|管理员|管理員)"),
        (
            "role_change",
            r"^(?P<t>.+?)(?:'re| are| is)(?: now| no longer)? (?:a group|an|a|the) (?:admin|owner|moderator)",
        ),
        ("group_created", r"^(?P<a>.+?)\s*(?:创建|創建|建立|成立)了?(?:本|这个|此|了)?\s*(?:群|群聊|群组|群組)"),
        ("group_created", r"^(?P<a>.+?) created (?:this |the )?(?:group|chat)\b"),
        ("announce", r"(?:群公告|公告)|announcement"),
        ("pin", r"^(?P<a>.+?)(?:置顶|置頂|釘選|pinned)"),
        ("call", r"(?:通话|通話|语音聊天|視訊|call)"),
        ("join", r"^(?P<t>.+?)\s*(?:已)?(?:加入)了?[。.!！]?$"),
        ("join", r"^(?P<t>.+?) (?:has )?joined\b"),
    )
)
_QUOTED = re.compile(r"[\"“「](.+?)[\"”」](?=$|[、,，和]|\s)")


MAX_LENGTH = 2_000
"""Characters of the longest sentence that is read: room for a hundred invited names, no room for a slow search."""


def read_system(text: str) -> SystemEvent:
    """The event of one system line; `other` when the sentence is not known. Never raises."""
    plain = strip_invisible(text[:MAX_LENGTH]).strip()
    for event, pattern in _PATTERNS:
        found = pattern.search(plain)
        if found:
            groups = found.groupdict()
            actors, targets = _names(groups.get("a")), _names(groups.get("t"))
            # Who joins is the one who acts; an inviter, where named, is the target.
            if event in ("join", "scan_qr"):
                actors, targets = targets, actors
            return SystemEvent(event, actors, targets)
    return SystemEvent("other")


def _names(text: str | None) -> list[str]:
    """The names in one slot of a sentence: quoted ones, else split at enumeration commas."""
    if not text:
        return []
    quoted = _QUOTED.findall(text)
    if quoted:
        return quoted
    return [name for part in text.split("、") if (name := part.strip(' "“”「」\t'))]
