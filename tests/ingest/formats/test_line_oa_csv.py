"""CSV of LINE's official account manager."""

from __future__ import annotations

from datetime import datetime

import pytest

from ingest.formats.line_oa_csv import FORMAT
from ingest.source import Source

JAPANESE = (
    "アカウント名,花屋\r\nタイムゾーン,+09:00\r\nダウンロード日時,2024/03/05 10:00\r\n\r\n"
    "送信者タイプ,送信者名,送信日,送信時刻,内容\r\n"
    'User,梅,2024/03/01,10:00:05,"お花の写真を見せてください、\r\n10:00 なので急いでいます ""あ"""\r\n'
    "Account,花屋,2024/03/01,10:01:00,[写真]\r\nUser,梅,昨日,10:01:00,あ\r\nUser,梅\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_rows_below_the_header(encoding: str) -> None:
    source = Source.of_bytes(JAPANESE.encode(encoding), "a.csv")
    assert FORMAT.sniff(source.head, source.tail, source.name) > 0.9
    start, words, picture, bad_time, bad_row = FORMAT.parse(source)
    assert (start.zone, start.resolution) == ("+09:00", "s")
    assert words.sent_at == datetime(2024, 3, 1, 10, 0, 5)
    assert words.text.endswith('10:00 なので急いでいます "あ"')
    assert (picture.kind, picture.sender_role, picture.sender_name) == ("image", "admin", "花屋")
    assert (bad_time.reason, bad_row.reason) == ("bad_time", "bad_row")


def test_other_tables_are_left_alone() -> None:
    assert FORMAT.sniff("时间,发送者,内容\n2024-03-01,阿梅,早\n", "", "a.csv") == 0
