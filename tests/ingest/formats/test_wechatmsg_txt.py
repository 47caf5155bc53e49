"""WeChatMsg text: system lines without a body, quotes, links, pasted headers."""

from __future__ import annotations

import pytest
from invented_wechat import ROWS, assert_conversation, read, wechatmsg_txt

KEPT = [row for row in ROWS if row.is_system or row.quoted or row.type in (1, 3)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_conversation_is_read_whole(encoding, newline):
    data = wechatmsg_txt().replace("\n", newline).encode(encoding)
    assert_conversation(read(data, "群.txt"), ids=False, kept=KEPT)


def test_link_cards_and_nameless_senders():
    text = (
        "2023-05-06 07:30:00 苦瓜\n            [链接]:title:好文\n            description:第一行\n第二行\n"
        "            url:https://a.example/x?y=1\n            name:公众号\n            \n\n"
        "2023-05-06 07:31:00 \n没有名字\n\n"
    )
    link, nameless = read(text.encode(), "群.txt")
    assert (link["kind"], link["text"], link["urls"]) == ("link", "好文\n第一行\n第二行", ["https://a.example/x?y=1"])
    assert (nameless["sender_name"], nameless["text"]) == (None, "没有名字")


def test_a_recall_with_its_edit_link_is_a_sentence():
    text = '2023-05-06 07:30:00 你撤回了一条消息 <a href="weixin://x">重新编辑</a>\n\n2023-05-06 07:31:00 苦瓜\n早\n\n'
    recalled, said = read(text.encode(), "群.txt")
    assert (recalled["event"], recalled["actor_ids"], said["text"]) == ("recall", ["你"], "早")


def test_a_cut_link_card_with_many_empty_lines_costs_no_time():
    body = "[链接]:title:" + "\n description:" * 200 + "\n url:" + "\n" * 3000
    *_, last = read(f"2023-05-06 07:30:00 苦瓜\n{body}\n\n2023-05-06 07:31:00 苦瓜\n好\n\n".encode(), "茶友.txt")
    assert last["text"] == "好"
