"""What WeChat's numbers, names, XML and sentences mean, whichever exporter wrote them down."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.message import EVENTS, KINDS
from ingest.wechat_rows import WeChatRow, server_id, split_quote, to_message
from ingest.wechat_sentences import is_system_sentence
from ingest.wechat_types import name_kind, read_placeholder, split_type, type_kind
from ingest.wechat_xml import is_xml, read_at_list, read_xml

NOW = datetime(2023, 5, 6, 7, 30)


@pytest.mark.parametrize(
    ("number", "split"),
    [
        (244813135921, (49, 57)), (266287972401, (49, 62)), (25769803825, (49, 6)), (21474836529, (49, 5)),
        (8589934592049, (49, 2000)), (8594229559345, (49, 2001)), (1, (1, 0)), (10000, (10000, 0)),
    ],
)  # fmt: skip
def test_version_4_packs_type_and_subtype_into_one_number(number, split):
    assert split_type(number) == split
    assert type_kind(number) == type_kind(*split)


def test_one_kind_behind_every_way_of_saying_it():
    for kind, pair, names in (
        ("text", (49, 57), ("引用回复", "引用消息")), ("file", (49, 6), ("文件", "文件消息")),
        ("red_packet", (49, 2001), ("红包卡片",)), ("chain", (49, 53), ("接龙",)), ("forward", (49, 19), ("合并转发的聊天记录",)),
        ("mini_program", (49, 33), ("(分享)小程序", "小程序消息")), ("sticker", (47, 0), ("动画表情", "sticker")),
        ("system", (10000, 4), ("拍一拍",)), ("system", (10002, 0), ("消息撤回57", "系统通知")), ("link", (49, 5), ("(分享)卡片式链接",)),
        ("transfer", (49, 2000), ("转账消息",)), ("card", (42, 0), ("推荐公众号",)), ("call", (50, 0), ("语音通话",)),
    ):  # fmt: skip
        assert type_kind(*pair) == kind
        assert {name_kind(name) for name in names} == {kind}
    assert (type_kind(777), name_kind("没听说过")) == (None, None)


REPLY = """<?xml version="1.0"?>
<msg><appmsg appid=""><title>好的 &amp; 谢谢</title><des></des><type>57</type><refermsg><type>{type}</type><svrid>77</svrid>
<fromusr>1@chatroom</fromusr><chatusr>wxid_b</chatusr><displayname>小雨</displayname><content>{content}</content></refermsg>
</appmsg></msg>"""


def test_a_reply_keeps_words_and_quote_apart():
    found = read_xml(REPLY.format(type=1, content="浇水了吗 &lt;3"))
    assert (found.kind, found.text, found.reply_to) == ("text", "好的 & 谢谢", "77")
    assert (found.quoted_name, found.quoted_text) == ("小雨", "浇水了吗 <3")
    picture = "&lt;msg&gt;&lt;img md5=&quot;0&quot;/&gt;&lt;/msg&gt;"
    assert read_xml(REPLY.format(type=3, content=picture)).quoted_text == "[图片]"


def test_xml_bodies_say_what_a_person_reads():
    cases = {
        '<msg><voicemsg voicelength="2000"/><voicetrans transtext="在吗" /></msg>': ("voice", "在吗"),
        '<msg><location x="1" y="2" label="南门路" poiname="花市" /></msg>': ("location", "南门路 花市"),
        '<msg username="wxid_a" nickname="阿 &amp; B" />': ("card", "阿 & B"),
        '<voipmsg type="VoIPBubbleMsg"><VoIPBubbleMsg><msg><![CDATA[已取消]]></msg></VoIPBubbleMsg></voipmsg>': ("call", "已取消"),
        "<msg><appmsg><title>群公告</title><type>87</type><textannouncement>周三停水</textannouncement></appmsg></msg>": ("text", "周三停水"),
        "<msg><appmsg><title>微信转账</title><type>2000</type><wcpayinfo><feedesc><![CDATA[￥5.00]]></feedesc><pay_memo><![CDATA[定金]]></pay_memo></wcpayinfo></appmsg></msg>": ("transfer", "￥5.00 定金"),
        "<msg><appmsg><title>#接龙\n1. 甲</title><type>53</type></appmsg></msg>": ("chain", "#接龙\n1. 甲"),
        "<msg><appmsg><title>群聊</title><type>19</type><recorditem><![CDATA[<recordinfo><title>x</title><datalist><dataitem datatype=\"1\"><sourcename>甲</sourcename><sourcetime>05-05</sourcetime><datadesc>早</datadesc></dataitem></datalist></recordinfo>]]></recorditem></appmsg></msg>": ("forward", "群聊\n甲 05-05: 早"),
        "<msg><emoji md5='0'/></msg>": ("sticker", ""),
    }  # fmt: skip
    assert {body: (found.kind, found.text) for body in cases for found in [read_xml(body)]} == cases


def test_system_xml_becomes_events_with_ids():
    pat = (
        '<sysmsg type="pat"><pat><fromusername>wxid_a</fromusername><pattedusername>wxid_b</pattedusername>'
        '<template><![CDATA["${wxid_a}" 拍了拍 "${wxid_b}"]]></template></pat></sysmsg>'
    )
    row = to_message(WeChatRow(NOW, pat, number=10002, sender_id="1@chatroom"))
    assert (row.event, row.actor_ids, row.target_ids) == ("nudge", ["wxid_a"], ["wxid_b"])
    assert row.text == '"wxid_a" 拍了拍 "wxid_b"'
    invited = (
        '<sysmsg type="sysmsgtemplate"><sysmsgtemplate><content_template><template><![CDATA["$username$"邀请"$names$"加入了群聊]]></template>'
        '<link_list><link name="username" type="link_profile"><memberlist><member><nickname><![CDATA[苦瓜]]></nickname></member></memberlist></link>'
        '<link name="names" type="link_profile"><memberlist><member><nickname>小雨</nickname></member><member><nickname>老周</nickname></member></memberlist>'
        "<separator><![CDATA[、]]></separator></link></link_list></content_template></sysmsgtemplate></sysmsg>"
    )
    row = to_message(WeChatRow(NOW, invited, number=10002))
    assert (row.event, row.actor_ids, row.text) == ("invite", ["苦瓜"], '"苦瓜"邀请"小雨、老周"加入了群聊')


def test_at_lists_name_ids():
    source = "<msgsource><atuserlist><![CDATA[wxid_a,notify@all]]></atuserlist></msgsource>"
    assert read_at_list(source) == ["wxid_a", "@all"]
    assert read_at_list("") == []


def test_markup_that_a_member_typed_is_no_xml_of_wechat():
    for text in ("<script>alert(1)</script>", "1 < 2", "<b>粗</b>", "< msg"):
        assert not is_xml(text)
        assert to_message(WeChatRow(NOW, text)).text == text
    typed = "<msg>这是我打的</msg>"
    assert to_message(WeChatRow(NOW, typed, number=1)).text == typed


@pytest.mark.parametrize(
    "text",
    [
        '"苦瓜"邀请"小雨: 一"、"老周"加入了群聊', '"小雨"通过扫描"苦瓜"分享的二维码加入群聊', '你将"老周"移出了群聊',
        '"老周"退出了群聊', '"苦瓜"修改群名为“新名字”', '"苦瓜" 撤回了一条消息', "你撤回了一条消息", '"甲" 拍了拍 "乙"', "小雨领取了你的红包",
        '"苦瓜" invited "Rain" to the group chat', '"Rain" recalled a message', "群主已恢复默认进群方式",
    ],
)  # fmt: skip
def test_wechats_own_sentences(text):
    assert is_system_sentence(text)
    assert to_message(WeChatRow(NOW, text, sender_name="苦瓜")).event in EVENTS


@pytest.mark.parametrize(
    "text",
    [
        "他撤回了一条消息，你看到了吗",
        "谁领取了我的红包！",
        '我想邀请"小雨"加入群聊',
        "大家好\n你撤回了一条消息",
        "退出了群聊",
        "",
    ],
)
def test_what_people_write_about_them_is_none(text):
    assert not is_system_sentence(text)
    assert to_message(WeChatRow(NOW, text, sender_name="苦瓜")).event is None


def test_quotes_at_the_end_of_a_body():
    assert split_quote("好[引用 小雨：[图片]]") == ("好", "小雨", "[图片]")
    assert split_quote("好\n[引用：x]") == ("好", None, "x")
    assert split_quote("\n\n[引用：x]") == ("", None, "x")
    assert split_quote("[引用]是什么") == ("[引用]是什么", None, None)


def test_a_reply_of_very_many_blank_lines_is_split_like_any_other():
    """At 300,000 blank lines a quadratic pattern takes minutes."""
    blank = "\n" * 300_000
    assert split_quote(f"好{blank}的{blank}[引用 小雨：几点]") == (f"好{blank}的", "小雨", "几点")


def test_zero_is_no_id():
    assert [server_id(value) for value in (None, "", "0", 0, "123", 5)] == [None, None, None, None, "123", "5"]


def test_a_sender_prefix_is_cut_only_where_it_is_clearly_an_id():
    for body, text in (("wxid_abc:\n早", "早"), ("注意:\n早", "注意:\n早"), ("hello:\nworld", "hello:\nworld")):
        assert to_message(WeChatRow(NOW, body, number=1, sender_id="wxid_abc")).text == text


@given(
    body=st.one_of(st.text(), st.from_regex(r"!?\[[图片链接文件|:：]{1,6}[^\n]{0,9}\](\([^\n]{0,9}\))?.{0,9}"), st.from_regex(r"<(msg|sysmsg)>.{0,40}")),
    number=st.sampled_from([0, 1, 3, 34, 49, 10000, 244813135921, 8594229559345, 1 << 60]),
    name=st.sampled_from(["", "文本消息", "图片消息", "其他消息", "引用消息", "未知", "x"]),
    sender=st.sampled_from([None, "wxid_a", "1@chatroom", "系统消息"]),
)  # fmt: skip
def test_any_row_becomes_a_message_of_the_contract(body, number, name, sender):
    row = to_message(WeChatRow(NOW, body, number=number, type_name=name, sender_id=sender))
    assert row.kind in KINDS
    assert row.event is None or row.event in EVENTS
    assert (row.event is not None) == (row.kind == "system")
    if number == 1 and sender == "wxid_a" and not body.startswith(("wxid_", "#接龙")):
        assert row.text == body
    found = read_placeholder(body)
    assert found is None or found.kind in KINDS
