"""Reply links: explicit, by name at the time, by the 3-line rule, each with its confidence."""

from __future__ import annotations

from community.replies import edges_table, link_replies
from community.settings import CommunitySettings
from community.talk import read_talk

MINUTE = 1 / 1440


def edges(chat) -> dict[str, dict]:
    talk, _ = read_talk(*chat.tables())
    rows = edges_table(talk, link_replies(talk, CommunitySettings())).to_pylist()
    return {row["message_id"]: row for row in rows}


def test_an_explicit_reply_is_certain(chat):
    asked = chat.say("安", 0, "周六几点集合")
    chat.say("宝", 1, "换个话题")
    answer = chat.say("程", 2, "九点", reply_to=asked)
    found = edges(chat)[answer]
    assert (found["reply_to"], found["via"], found["confidence"]) == (asked, "reply", 1.0)
    assert (found["from_id"], found["to_id"]) == ("id-程", "id-安")


def test_names_with_spaces_colons_and_emoji_are_understood(chat):
    for i, name in enumerate(["李 小 明", "李", "A: 团长🌸", "Tom Lee"]):
        chat.say(name, i * 0.1)
    targets = {}
    for i, name in enumerate(["李 小 明", "A: 团长🌸", "Tom Lee"]):
        targets[chat.say("问", 1 + i, f"@{name}\u2005 明天来吗")] = f"id-{name}"
    found = edges(chat)
    assert {m: found[m]["to_id"] for m in targets} == targets


def test_the_mention_list_may_hold_ids_or_names(chat):
    chat.say("安", 0)
    chat.say("宝", 0.1)
    by_id = chat.say("程", 1, "在吗", mentions=["id-安"])
    by_name = chat.say("程", 2, "在吗", mentions=["宝"])
    found = edges(chat)
    assert found[by_id]["to_id"] == "id-安" and found[by_name]["to_id"] == "id-宝"


def test_a_name_means_who_bore_it_at_the_time(chat):
    chat.say("老张", 0, sender_id="first")
    early = chat.say("问", 0.5, "@老张 在吗")
    chat.say("张三", 1, sender_id="first")  # renamed
    chat.say("老张", 2, sender_id="second")  # somebody else takes the name
    late = chat.say("问", 3, "@老张 在吗")
    found = edges(chat)
    assert found[early]["to_id"] == "first" and found[late]["to_id"] == "second"


def test_the_group_card_counts_as_a_name(chat):
    chat.say("qq昵称", 0, sender_card="3栋 王姐")
    asked = chat.say("问", 1, "@3栋 王姐 还有草莓吗")
    assert edges(chat)[asked]["to_id"] == "id-qq昵称"


def test_a_message_that_names_me_is_answered_within_ten_minutes_only(chat):
    chat.say("宝", -1)
    asked = chat.say("安", 0, "@宝 周六来吗")
    chat.say("程", 7 * MINUTE, "我先看看")
    soon = chat.say("宝", 8 * MINUTE, "来的")
    assert edges(chat)[soon]["reply_to"] == asked
    chat.say("安", 1, "@宝 那周日呢")
    late = chat.say("宝", 1 + 31 * MINUTE, "也行")
    assert late not in edges(chat)


def test_without_names_the_previous_speaker_is_a_weak_guess(chat):
    chat.say("安", 0)
    guess = chat.say("宝", 1 * MINUTE)
    far = chat.say("程", 1)
    found = edges(chat)
    assert found[guess]["via"] == "inferred" and found[guess]["confidence"] < 0.7
    assert far not in found


def test_an_own_message_is_continued_not_answered(chat):
    chat.say("安", 0)
    more = chat.say("安", 1 * MINUTE)
    assert more not in edges(chat)


def test_in_a_calm_dialogue_people_answer_each_other(chat):
    first = chat.say("安", 0)
    second = chat.say("宝", 1 * MINUTE)
    third = chat.say("安", 2 * MINUTE)
    found = edges(chat)
    assert [found[m]["reply_to"] for m in (second, third)] == [first, second]


def test_same_second_messages_keep_their_order(chat):
    first = chat.say("安", 0, "一")
    second = chat.say("宝", 0, "二")
    found = edges(chat)
    assert found[second]["reply_to"] == first and first not in found


def test_a_reply_never_points_forward_or_at_nothing(chat):
    chat.say("安", 0, reply_to="m1")  # the export is out of order
    chat.say("宝", 1, reply_to="gone")
    assert edges(chat) == {}


def test_day_resolution_gives_no_guess_by_minutes(chat):
    chat.say("安", 0, time_resolution="day")
    chat.say("宝", 0, time_resolution="day")
    assert edges(chat) == {}
