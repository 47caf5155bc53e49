"""Sentences and placeholders of KakaoTalk, in Korean and English.

In: a system line or a message text. Out: `SystemEvent` or a kind. Example:
`read_talk_event("매화님이 나갔습니다.") -> SystemEvent("leave", ["매화"])`.
"""

from __future__ import annotations

import re

from ingest.placeholders import kind_of
from ingest.system_lines import SystemEvent

_EVENTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (event, re.compile(pattern))
    for event, pattern in (
        ("invite", r"(?P<a>.*?)님이 (?P<t>.+?)님을 초대(?:했습니다|하였습니다)\.?"),
        ("invite", r"(?P<a>.+?) invited (?P<t>.+?)(?: to this chatroom)?\."),
        ("kick", r"(?:(?P<a>.*?)님이 )?(?P<t>.*?)님을 내보냈습니다\.?"),
        ("kick", r"(?P<a>.+?) (?:removed|kicked) (?P<t>.+?) from this chatroom\."),
        ("join", r"(?P<a>.*?)님이 (?:들어왔습니다|참여했습니다)\.?(?:운영정책.*|타인.*)?"),
        ("join", r"(?P<a>.+?) joined this chatroom\."),
        ("leave", r"(?P<a>.*?)님이 나갔습니다\.?"),
        ("leave", r"(?P<a>.+?) left this chatroom\."),
        ("role_change", r"(?P<a>.*?)님이 (?:방장|부방장|관리자)(?:이|가) 되었습니다\.?"),
        ("role_change", r"(?:방장이 )?(?P<t>.*?)님(?:에게 방장을|을 부방장으로|을 관리자로) .{1,20}"),
        ("recall", r"채팅방 관리자가 메시지를 가렸습니다\.?|A message was hidden by an? (?:manager|admin).*"),
        ("announce", r".{0,40}공지(?:를|가) (?:등록|설정).{0,20}"),
    )
)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("image", r"사진(?: \d+장)?|Photo|\d+ photos|<사진 읽지 않음>"),
        ("video", r"동영상|Video"),
        ("sticker", r"이모티콘|\(이모티콘\).*|Emoticons?|Sticker"),
        ("voice", r"음성메시지|Voice (?:Note|message)"),
        ("file", r"파일: .+|File: .+|\S+\.(?:pdf|docx?|xlsx?|pptx?|hwp|zip|jpe?g|png|mp4|txt)"),
        ("location", r"지도: .+|Map: .+"),
        ("card", r"연락처: .+|카카오톡 프로필: .+|Contact: .+"),
        ("transfer", r"송금.{0,30}|.{0,10}원을 보냈어요.*"),
        ("call", r"(?:보이스톡|페이스톡|그룹콜|Voice Call|Video Call).{0,30}"),
        ("poll", r"투표(?:가|를)? .{0,30}"),
        (
            "unknown",
            r"삭제된 메시지입니다\.?|메시지가 삭제되었습니다\.?|This message was deleted\.?|Deleted message\.?",
        ),
    )
)


def read_talk_event(line: str) -> SystemEvent | None:
    """The event of a line that is nothing but a system sentence, else None."""
    for event, pattern in _EVENTS:
        found = pattern.fullmatch(line.strip())
        if found:
            groups = found.groupdict()
            return SystemEvent(event, _names(groups.get("a")), _names(groups.get("t")))
    return None


def kind_of_talk(text: str) -> str:
    """The kind that KakaoTalk's words stand for; "text" for what a person wrote."""
    word = text.strip()
    if word and "\n" not in word:
        for kind, pattern in _KINDS:
            if pattern.fullmatch(word):
                return kind
    return kind_of(text)


def _names(text: str | None) -> list[str]:
    return [name for part in re.split(r"님, |님과 |, ", text or "") if (name := part.strip())]
