"""KakaoTalk in every shape: PC, Android, iOS, English, Mac CSV."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest.errors import ParseIssue
from ingest.formats import ExportFormat
from ingest.formats.kakaotalk_csv import FORMAT as CSV
from ingest.formats.kakaotalk_txt import FORMAT as TXT
from ingest.kakaotalk import kind_of_talk, read_talk_event
from ingest.message import ChatStart, Message
from ingest.source import Source


def read(text: str, fmt: ExportFormat = TXT, encoding: str = "utf-8", name: str = "a.txt") -> tuple:
    source = Source.of_bytes(text.encode(encoding), name)
    assert fmt.sniff(source.head, source.tail, source.name) > 0.8
    start, *records = fmt.parse(source)
    assert isinstance(start, ChatStart)
    issues = [record for record in records if isinstance(record, ParseIssue)]
    return start, [record for record in records if isinstance(record, Message)], issues


PC = (
    "꽃집 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-05 23:59:59\r\n\r\n"
    "--------------- 2024년 3월 1일 금요일 ---------------\r\n매화님이 들어왔습니다.\r\n"
    "[매화] [1] [오전 12:05] 안녕하세요 여러분\r\n2024년 3월 1일 오전 10:00, 매화 : 붙여넣기\r\n\r\n끝\r\n"
    "[매화] [1] [오후 12:10] 사진 3장\r\n주님이 나갔습니다.\r\n"
    "--------------- 2024년 3월 2일 토요일 ---------------\r\n매화님이 주님을 초대했습니다.\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp949", "utf-16"])
def test_pc_rows_and_lines_without_a_time(encoding: str) -> None:
    start, rows, issues = read(PC, encoding=encoding)
    assert (start.name, start.resolution) == ("꽃집", "min")
    assert [row.sender_name for row in rows] == [None, "매화] [1", "매화] [1", None, None]
    assert rows[1].text == "안녕하세요 여러분\n2024년 3월 1일 오전 10:00, 매화 : 붙여넣기\n\n끝"
    assert [row.event for row in rows] == ["join", None, None, "leave", "invite"]
    assert [row.sent_at for row in rows] == [
        datetime(2024, 3, 1, 0, 5),
        datetime(2024, 3, 1, 0, 5),
        datetime(2024, 3, 1, 12, 10),
        datetime(2024, 3, 1, 12, 10),
        datetime(2024, 3, 2),
    ]
    assert (rows[4].actor_ids, rows[4].target_ids) == (["매화"], ["주"])
    assert rows[2].kind == "image"
    assert not issues


def test_pc_in_english() -> None:
    start, rows, _ = read(
        "KakaoTalk Chats with Blumen\nDate Saved : 2024-03-05 23:59:59\n\n"
        "--------------- Friday, March 1, 2024 ---------------\n[Ann] [10:00 PM] hi\nBen joined this chatroom.\n"
    )
    assert start.name == "Blumen"
    assert rows[0].sent_at == datetime(2024, 3, 1, 22)
    assert (rows[1].event, rows[1].actor_ids) == ("join", ["Ben"])


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("2024년 3월 1일 오후 10:05", "2024년 3월 1일 금요일"),
        ("2024. 3. 1. 오후 10:05", "2024년 3월 1일 금요일"),
        ("Mar 1, 2024 at 10:05 PM", "Friday, March 1, 2024"),
        ("March 1, 2024, 10:05 PM", "Friday, March 1, 2024"),
    ],
)
def test_phones(stamp: str, day: str) -> None:
    title = "꽃집 님과 카카오톡 대화\n저장한 날짜 : 2024년 3월 5일 오후 11:00\n\n"
    _, rows, issues = read(
        f"{title}\n{day}\n{stamp}, 매: 화 : 글 : 하나\n둘째 줄\n[매화] [오전 10:00] 붙여넣기\n{stamp}, 주님이 나갔습니다.\n"
        f"{stamp}, 주 : 이모티콘\n{day}\n{stamp}\n{stamp}, 주 : 삭제된 메시지입니다.\n"
    )
    assert [row.sent_at for row in rows] == [datetime(2024, 3, 1, 22, 5)] * 4
    assert [row.sender_name for row in rows] == ["매: 화", None, "주", "주"]
    assert rows[0].text == "글 : 하나\n둘째 줄\n[매화] [오전 10:00] 붙여넣기"
    assert (rows[1].event, rows[1].actor_ids) == ("leave", ["주"])
    assert [row.kind for row in rows[2:]] == ["sticker", "unknown"]
    assert not issues


def test_mac_csv() -> None:
    _, rows, issues = read(
        'Date,User,Message\r\n2024-03-01 10:00:05,매화,"글\r\n시스템,""둘"""\r\n'
        "2024-03-01 10:01:00,시스템,주님이 들어왔습니다.\r\n2024-03-01 10:02:00,주,주님이 나갔습니다.\r\n"
        "2024-03-01 10:03:00,주,동영상\r\n어제,주,글\r\n2024-03-01\r\n",
        CSV,
        "utf-8-sig",
        "KakaoTalk_Chat_꽃_집_2024-03-05-23-59-59.csv",
    )
    assert rows[0].text == '글\r\n시스템,"둘"'
    assert [row.event for row in rows] == [None, "join", "leave", None]
    assert rows[3].kind == "video"
    assert [issue.reason for issue in issues] == ["bad_time", "bad_row"]


def test_mac_csv_takes_the_chat_from_its_name() -> None:
    start, _, _ = read(
        "Date,User,Message\n2024-03-01 10:00,매화,글\n", CSV, name="KakaoTalk_Chat_꽃_집_2024-03-05-23-59-59.csv"
    )
    assert (start.name, start.resolution) == ("꽃_집", "min")


def test_sentences_and_placeholders() -> None:
    assert read_talk_event("매화님이 들어왔습니다 라고 했어요") is None
    kicked = read_talk_event("주님을 내보냈습니다.")
    assert kicked is not None
    assert (kicked.event, kicked.targets) == ("kick", ["주"])
    assert kind_of_talk("사진 찍었어요") == "text"
    assert kind_of_talk("파일: 명단.xlsx") == "file"


def test_other_texts_are_left_alone() -> None:
    text = "[2024/3/1 10:00:00] 매화: 글\n[2024/3/1 10:01:00] 매화: 글\n"
    assert TXT.sniff(text, text, "a.txt") < 0.5
