"""Enterprise tools: WeCom archive, Feishu messages, DingTalk callbacks, WeLink text."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ingest.detect import detect_format
from ingest.errors import ParseIssue
from ingest.message import ChatStart, Message
from ingest.source import Source

MS = 1_714_521_600_123


def read(data: str, format_id: str, name: str = "a.jsonl", encoding: str = "utf-8") -> list:
    source = Source.of_bytes(data.encode(encoding), name)
    best = detect_format(source).best
    assert best is not None
    assert best.id == format_id
    return list(best.parse(source))


def lines(*items: dict) -> str:
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in items)


def wecom(number: int, msgtype: str, body: dict, **more: object) -> dict:
    return {
        "msgid": f"m{number}", "action": "send", "from": "zhou", "tolist": ["mei", "wmOut"], "roomid": "wrRoom",
        "msgtime": MS + 1000 * number, "msgtype": msgtype, msgtype: body,
    } | more  # fmt: skip


def test_wecom_kinds_quotes_and_rooms() -> None:
    rows = read(
        lines(
            wecom(0, "text", {"content": "「梅：早\n上好」\n- - - - - - - - - - - - - - -\n在的\n「引」"}),
            wecom(1, "redpacket", {"wish": "恭喜", "totalcnt": 3}, **{"from": "wmOut"}),
            wecom(
                2, "chatrecord", {"title": "记录", "item": [{"type": "ChatRecordText", "content": '{"content": "早"}'}]}
            ),
            wecom(
                3,
                "mixed",
                {"item": [{"type": "image", "content": "{}"}, {"type": "text", "content": '{"content":"看"}'}]},
            ),
            wecom(4, "link", {"title": "花", "link_url": "https://a.example/x"}, roomid=""),
            wecom(5, "revoke", {"pre_msgid": "m0"}, action="recall", **{"from": "wbBot"}),
            {"msgid": "m6", "action": "switch", "time": MS, "user": "zhou"},
            wecom(7, "hologram", {}),
            wecom(8, "text", {"content": "早"}, msgtime=None),
        ),
        "wecom_audit",
    )
    starts = [row for row in rows if isinstance(row, ChatStart)]
    assert [start.platform_chat_id for start in starts] == ["wrRoom", "mei-wmOut-zhou", "wrRoom"]
    first, packet, record, mixed, link, recalled, other = [row for row in rows if isinstance(row, Message)]
    assert first.sent_at == datetime(2024, 5, 1, 0, 0, 0, 123_000, UTC)
    assert (first.text, first.quoted_name, first.quoted_text) == ("在的\n「引」", "梅", "早\n上好")
    assert (packet.kind, packet.text, packet.sender_id) == ("red_packet", "恭喜", "wmOut")
    assert (record.kind, record.text) == ("forward", "记录\n早")
    assert (mixed.kind, mixed.text) == ("text", "[image]\n看")
    assert (link.kind, link.urls) == ("link", ["https://a.example/x"])
    assert (recalled.reply_to, recalled.sender_role, recalled.text) == ("m0", "bot", "")
    assert other.kind == "unknown"
    assert isinstance(rows[-1], ParseIssue)
    assert rows[-1].reason == "bad_time"


def test_wecom_as_one_array_that_was_cut() -> None:
    whole = json.dumps([wecom(n, "text", {"content": "早"}) for n in range(3)])
    _, first, second, issue = read(whole[:-30], "wecom_audit", "a.json")
    assert (first.platform_id, second.platform_id) == ("m0", "m1")
    assert issue.reason.startswith("truncated_tail")


def feishu(number: int, msg_type: str, content: object, **more: object) -> dict:
    raw = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return {
        "message_id": f"om_{number}", "create_time": str(MS + 1000 * number), "chat_id": "oc_1", "msg_type": msg_type,
        "deleted": False, "sender": {"id": "ou_mei", "id_type": "open_id", "sender_type": "user"},
        "body": {"content": raw},
    } | more  # fmt: skip


FEISHU = [
    feishu(0, "text", {"text": "@_user_1 @_user_10 @_all 早"}, mentions=[
        {"key": "@_user_1", "id": "ou_zhou", "name": "老周"}, {"key": "@_user_10", "id": "ou_li", "name": "小李"},
    ]),
    feishu(1, "post", {"zh_cn": {"title": "通知", "content": [
        [{"tag": "text", "text": "看"}, {"tag": "a", "text": "这里", "href": "https://a.example"}],
        [{"tag": "at", "user_id": "ou_li", "user_name": "小李"}, {"tag": "img", "image_key": "x"}],
    ]}}, sender={"id": "ou_zhou", "sender_type": "user"}, parent_id="om_0"),
    feishu(2, "system", {"template": "{from_user} invited {to_chatters} to this chat.", "from_user": ["阿梅"],
                         "to_chatters": ["小李", "小王"]}, sender={"id": ""}),
    feishu(3, "text", "This message was recalled", deleted=True),
    feishu(4, "image", {"image_key": "x"}, sender={"id": "cli_a", "sender_type": "app"}),
    feishu(5, "hongbao", {"text": "恭喜"}),
    feishu(6, "text", {"text": "#接龙\n1. 阿梅"}, chat_id="oc_2"),
]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(
            {"code": 0, "msg": "ok", "data": {"has_more": False, "items": FEISHU}}, ensure_ascii=False, indent=2
        ),
        json.dumps({"items": FEISHU}),
        json.dumps(FEISHU),
        json.dumps([{"code": 0, "data": {"items": FEISHU[:3]}}, {"code": 0, "data": {"items": FEISHU[3:]}}]),
        lines({"code": 0, "data": {"items": FEISHU[:3]}}, {"code": 0, "data": {"items": FEISHU[3:]}}),
        lines(*FEISHU),
    ],
    ids=["answer", "items", "array", "pages", "pages by line", "messages by line"],
)
def test_feishu_in_any_wrapping(data: str) -> None:
    rows = read(data, "feishu_json", "a.json")
    assert [row.platform_chat_id for row in rows if isinstance(row, ChatStart)] == ["oc_1", "oc_2"]
    text, post, invite, recalled, picture, packet, chain = [row for row in rows if isinstance(row, Message)]
    assert (text.text, text.mentions) == ("@老周 @小李 @所有人 早", ["ou_zhou", "ou_li", "@all"])
    assert post.text == "通知\n看这里\n@小李[图片]"
    assert (post.sender_name, post.reply_to, post.urls) == ("老周", "om_0", ["https://a.example"])
    assert (invite.event, invite.actor_ids, invite.target_ids) == ("invite", ["阿梅"], ["小李", "小王"])
    assert invite.text == "阿梅 invited 小李、小王 to this chat."
    assert (recalled.event, recalled.kind, recalled.text) == (None, "unknown", "")
    assert (picture.kind, picture.sender_role) == ("image", "bot")
    assert (packet.kind, chain.kind) == ("red_packet", "chain")


def ding(number: int, msgtype: str, body: dict, **more: object) -> dict:
    return {
        "conversationId": "cid1", "conversationTitle": "花店", "conversationType": "2", "chatbotUserId": "$:bot",
        "msgId": f"m{number}", "senderNick": "阿: 梅", "senderStaffId": "s1", "senderId": "$:1", "isAdmin": True,
        "createAt": MS + number, "msgtype": msgtype, ("text" if msgtype == "text" else "content"): body,
    } | more  # fmt: skip


def test_dingtalk_callbacks() -> None:
    start, text, rich, voice, sheet, empty, issue = read(
        lines(
            ding(0, "text", {"content": " 早\n 上", "isReplyMsg": True, "repliedMsg": {"msgId": "m9", "content": {"text": "在"}}},
                 atUsers=[{"dingtalkId": "$:bot"}, {"dingtalkId": "$:2", "staffId": "s2"}]),
            ding(1, "richText", {"richText": [{"text": "看"}, {"downloadCode": "x", "type": "picture"}]}, senderStaffId=None),
            ding(2, "audio", {"recognition": "语音文字"}, isAdmin=False),
            ding(3, "file", {"fileName": "名单.xlsx"}),
            ding(4, "text", {"content": " "}),
            ding(5, "text", {"content": "早"}, createAt="gestern"),
        ),
        "dingtalk_robot",
    )  # fmt: skip
    assert (start.name, start.platform_chat_id) == ("花店", "cid1")
    assert (text.text, text.mentions, text.reply_to, text.quoted_text) == ("早\n 上", ["s2"], "m9", "在")
    assert (text.sender_id, text.sender_name, text.sender_role) == ("s1", "阿: 梅", "admin")
    assert (rich.text, rich.kind, rich.sender_id) == ("看[图片]", "text", "$:1")
    assert (voice.kind, voice.text, voice.sender_role) == ("voice", "语音文字", None)
    assert (sheet.kind, sheet.text) == ("file", "名单.xlsx")
    assert empty.kind == "unknown"
    assert issue.reason == "bad_time"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_welink_text(encoding: str) -> None:
    start, *rows = read(
        "阿梅(上海)(m00123456)\t2026-03-31 09:15:32\n我们下午去看花\n2026-03-31 老周\n\n第三行\n"
        "老周（l00654321）\t2026-03-31 09:16\n[图片]\n2026-03-01 新人(z001)\t2026-03-31 09:17:00\n",
        "welink_txt",
        "花店.txt",
        encoding,
    )
    assert start.resolution == "s"
    assert [row.sender_id for row in rows] == ["m00123456", "l00654321", "z001"]
    assert [row.sender_name for row in rows] == ["阿梅(上海)", "老周", "2026-03-01 新人"]
    assert rows[0].text == "我们下午去看花\n2026-03-31 老周\n\n第三行"
    assert [row.kind for row in rows] == ["text", "image", "unknown"]
    assert rows[1].sent_at == datetime(2026, 3, 31, 9, 16)
