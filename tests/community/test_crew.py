"""TogetherCrew's sets on a planted month: everybody is in the set that their weeks say."""

from __future__ import annotations

from community import CommunitySettings, analyse

WEEKS = {"stays": (0, 1, 2, 3), "pauses": (0, 1, 2), "gone": (0, 1), "back": (0, 3), "fresh": (3,)}


def test_everybody_is_in_the_set_of_their_weeks(chat):
    chat.say("opens", -1)
    for name, weeks in WEEKS.items():
        for week in weeks:
            chat.say(name, week * 7 + 0.5)
    chat.event("join", 3, actor_ids=["id-watches"])
    chat.say("stays", 27.9)
    table = analyse(*chat.tables(), name="crew", platform="wechat", settings=CommunitySettings()).indicators
    found = {r["item"]: set(r["member_ids"]) for r in table.to_pylist() if r["panel"] == "crew"}
    assert found["active"] == {"id-stays", "id-back", "id-fresh"}
    assert found["consistent"] == {"id-stays", "id-pauses"}
    assert found["newly_active"] == {"id-fresh"} and found["paused"] == {"id-pauses"}
    assert found["disengaged"] == {"id-gone"} and found["returned"] == {"id-back"}
    assert found["lurker"] == {"id-watches"} and not found["connected"] | found["vital"]


def test_ten_exchanges_with_five_people_connect(chat):
    chat.say("opens", -1)
    for k in range(30):
        said = chat.say("middle", 24 + k / 50)
        chat.say(f"friend{k % 5}", 24 + k / 50 + 0.005, reply_to=said)
    chat.say("opens", 28)
    table = analyse(*chat.tables(), name="crew", platform="wechat", settings=CommunitySettings()).indicators
    found = {r["item"]: r["member_ids"] for r in table.to_pylist() if r["panel"] == "crew"}
    assert found["connected"] == ["id-middle"]
