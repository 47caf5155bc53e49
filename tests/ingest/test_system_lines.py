"""System sentences in three scripts become events with actors and targets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.message import EVENTS
from ingest.system_lines import read_system


@pytest.mark.parametrize(
    ("text", "event", "actors", "targets"),
    [
        ('"甲"邀请"乙: 丙"、"丁(上海)"加入了群聊', "invite", ["甲"], ["乙: 丙", "丁(上海)"]),
        ('"乙"通过扫描"甲"分享的二维码加入群聊', "scan_qr", ["乙"], ["甲"]),
        ('你将"丙"移出了群聊', "kick", ["你"], ["丙"]),
        ('"丙"退出了群聊', "leave", ["丙"], []),
        ("丙加入本群。", "join", ["丙"], []),
        ('"甲"修改群名为“新群”', "rename", ["甲"], []),
        ('"甲" 撤回了一条消息', "recall", ["甲"], []),
        ("你撤回了一条消息", "recall", ["你"], []),
        ('"甲" 拍了拍 "乙"', "nudge", ["甲"], ["乙"]),
        ("甲领取了你的红包", "red_packet_taken", ["甲"], ["你"]),
        ('"甲"已成为新群主', "role_change", [], ["甲"]),
        ("甲已收回訊息", "recall", ["甲"], []),
        ("甲邀請乙加入群組", "invite", ["甲"], ["乙"]),
        ("乙已加入群組", "join", ["乙"], []),
        ("乙已退出群組", "leave", ["乙"], []),
        ("梅がグループに参加しました。", "join", ["梅"], []),
        ("梅が退会しました。", "leave", ["梅"], []),
        ("梅が周をグループから削除しました。", "kick", ["梅"], ["周"]),
        ("梅が周を招待しました。", "invite", ["梅"], ["周"]),
        ("梅がメッセージの送信を取り消しました", "recall", ["梅"], []),
        ("梅がグループ名を「花」に変更しました。", "rename", ["梅"], []),
        (
            "甲邀请" + "、".join(f"成员{n}" for n in range(90)) + "加入了群聊",
            "invite",
            ["甲"],
            [f"成员{n}" for n in range(90)],
        ),
        ("Ana invited Bob to the group chat", "invite", ["Ana"], ["Bob"]),
        ("Bob joined the group chat via the QR code shared by Ana", "scan_qr", ["Bob"], ["Ana"]),
        ("Ana recalled a message", "recall", ["Ana"], []),
        ('You removed "Bob" from the group chat', "kick", ["You"], ["Bob"]),
        ("Ana added Bob", "invite", ["Ana"], ["Bob"]),
        ("You were added", "invite", [], ["You"]),
        ("Bob left", "leave", ["Bob"], []),
        ("群主已恢复默认进群方式", "other", [], []),
    ],
)
def test_sentences(text, event, actors, targets):
    found = read_system(text)
    assert (found.event, found.actors, found.targets) == (event, actors, targets)


@given(st.text())
def test_any_text_gives_a_known_event(text):
    assert read_system(text).event in EVENTS
