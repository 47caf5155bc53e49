"""House rules: words, thresholds, ad days, roles and people are data, and annotation and analysis obey them."""

from __future__ import annotations

import invented
import pyarrow as pa
import pytest

from community.settings import CommunitySettings
from nuanqun import house, regroup, verdicts
from nuanqun.analysis import analyse_job
from nuanqun.erase import forget_member
from nuanqun.errors import WorkspaceError
from nuanqun.house import ChatRules
from nuanqun.own_words import WHY_AD, WHY_ALLOWED, OwnWords, find_own
from nuanqun.pipeline import RunReport, bring_in
from nuanqun.settings import load_settings
from nuanqun.store import Store


@pytest.fixture()
def store(tmp_path) -> Store:
    return invented.build(tmp_path / "w")


def annotated(*rows: tuple[str | None, float | None]) -> pa.Table:
    labels, scores = [label for label, _ in rows], [score for _, score in rows]
    return pa.table(
        {
            "ads_label": pa.array(labels, pa.string()),
            "ads_score": pa.array(scores, pa.float32()),
            "ads_evidence": pa.array([[]] * len(rows), invented.EVIDENCE),
            "ads_kind": pa.array(["lead" if label == "ad" else None for label in labels], pa.string()),
        }
    )


def test_own_words_are_found_in_disguise_and_marked_in_the_original():
    assert find_own(["ＶＩＰ 返利群", "无关"], ("vip返利", "vip 返利")).keys() == {0}
    text = "快来加薇❤️1234吧"
    (span,) = find_own([text], ("加微信",))[0]
    assert text[span[0] : span[1]].startswith("加薇")


def test_ad_words_make_an_ad_allowed_words_none_and_unscored_rows_stay_so():
    words = OwnWords(("内部返利",), ("群规",))
    texts = pa.chunked_array([["内部返利来了", "群规：不许发内部返利", "早", "内部返利"]])
    found = words.apply(texts, annotated(("not_ad", 0.9), ("ad", 0.8), ("ad", 0.7), (None, None)))
    assert found["ads_label"].to_pylist() == ["ad", "not_ad", "ad", None]
    assert [e[0]["why"] if e else None for e in found["ads_evidence"].to_pylist()][:2] == [WHY_AD, WHY_ALLOWED]
    assert found["ads_kind"].to_pylist() == [None, None, "lead", None]
    assert OwnWords(("x",)).version != OwnWords(("y",)).version and OwnWords().version == ""


@pytest.mark.parametrize(
    ("threshold", "labels"), [(0.9, ["not_ad", "not_ad"]), (0.3, ["ad", "ad"]), (0.5, ["ad", "not_ad"])]
)
def test_the_threshold_moves_the_line(threshold, labels):
    texts = pa.chunked_array([["a", "b"]])
    found = OwnWords(threshold=threshold).apply(texts, annotated(("ad", 0.8), ("not_ad", 0.6)))
    assert found["ads_label"].to_pylist() == labels
    assert all(score >= 0.19 for score in found["ads_score"].to_pylist())


def test_thresholds_and_words_of_the_workspace_reach_the_settings(store):
    house.save(store.engine, "thresholds", {"ad_flood": {"nonsense": 1}, "gone_rule": {"x": 1}}, "li")
    assert house.community_settings(store.engine, CommunitySettings()).alerts == {}
    knob = next(iter(house.rules()["ad_flood"].thresholds))
    house.save(store.engine, "thresholds", {"ad_flood": {knob: 0.5}}, "li")
    assert house.community_settings(store.engine, CommunitySettings()).alerts == {"ad_flood": {knob: 0.5}}
    house.save(store.engine, "user_words", house.clean_words([" 团长 ", "# 注释", "团长", ""]), "li")
    assert house.nlp_settings(store.engine, load_settings().nlp).user_words == ("团长",)


def test_every_house_rule_asks_for_a_new_analysis_and_none_else(store):
    chat = invented.WARM

    def version() -> str:
        return analyse_job(store, chat, store.known_chats()[chat], CommunitySettings()).version

    versions = [version()]
    changes = (
        lambda: regroup.rename(store, chat, "夜读"),
        lambda: house.set_policy(store, chat, [4], [], []),
        lambda: house.set_role(store, chat, "u3", "admin"),
        lambda: house.unite(store, store.known_chats()[chat]["platform"], ["u4"], "u5"),
    )
    for change in changes:
        change()
        versions.append(version())
    assert len(set(versions)) == len(versions)
    assert version() == versions[-1]


def test_ads_on_fridays_are_welcome_on_fridays_only_and_those_of_admins_always(store):
    messages = store.messages(invented.DYING)
    every = annotated(*[("ad", 0.9)] * messages.num_rows)
    days = [at.astimezone().weekday() for at in messages["sent_at"].to_pylist()]
    local = [day.weekday() for day in house.local_time(messages).to_pylist()]
    assert len(set(days)) == 7
    friday = ChatRules(ad_days=(4,)).without_welcome_ads(messages, every)["ads_label"].to_pylist()
    assert {lab for lab, day in zip(friday, local, strict=True) if day == 4} == {"not_ad"}
    assert {lab for lab, day in zip(friday, local, strict=True) if day != 4} == {"ad"}
    rules = ChatRules(roles=(("u3", "admin"),), ad_roles=("admin",))
    changed, labels = rules.apply(messages, every)
    pairs = zip(changed["sender_id"].to_pylist(), labels["ads_label"].to_pylist(), strict=True)
    assert {label for sender, label in pairs if sender == "u3"} == {"not_ad"}


def test_united_people_are_one_and_can_be_separated_again(store):
    platform = store.known_chats()[invented.WARM]["platform"]
    house.unite(store, platform, ["u1"], "u2")
    house.unite(store, platform, ["u2"], "u3")  # a chain ends at the one that stands for all
    assert house.aliases_of(store, platform) == [("u1", "u3"), ("u2", "u3")]
    messages, _ = house.rules_of(store, invented.WARM).apply(store.messages(invented.WARM), annotated())
    assert not {"u1", "u2"} & set(messages["sender_id"].to_pylist())
    house.separate(store, platform, "u1")
    assert house.aliases_of(store, platform) == [("u2", "u3")]


def test_a_person_is_forgotten_under_every_id_and_in_every_rule(store):
    platform = store.known_chats()[invented.WARM]["platform"]
    house.unite(store, platform, ["u1"], "u2")
    house.set_policy(store, invented.WARM, [], [], ["u2", "u9"])
    ids = house.ids_of(store, "u1")
    assert ids == house.ids_of(store, "u2") == ["u1", "u2"]
    for one in ids:
        forget_member(store, one)
    assert not {"u1", "u2"} & set(store.messages(invented.WARM)["sender_id"].to_pylist())
    assert house.aliases_of(store, platform) == []
    assert house.rules_of(store, invented.WARM).ad_members == ("u9",)


# --- chats put in order


def export(folder, name: str, first: int, last: int, names=("张三", "李四")) -> None:
    lines = [
        f"2024-03-{1 + n // 20:02} {n % 20:02}:15:00 {names[n % 2]}(2000{n % 2})\n第 {n} 句闲话\n"
        for n in range(first, last)
    ]
    (folder / name).write_text("\n".join(lines), encoding="utf-8")


def imported(store: Store, *paths) -> RunReport:
    report = RunReport()
    bring_in(store, report, list(paths), load_settings())
    return report


def rows(store: Store, chat_id: str) -> int:
    return sum(part.rows for part in store.parts("messages", chat_id))


@pytest.fixture()
def two(tmp_path) -> tuple[Store, dict[str, str]]:
    """The same group exported under two names, overlapping in 20 of 60 messages."""
    store = Store(tmp_path / "w")
    export(tmp_path, "甲.txt", 0, 40)
    export(tmp_path, "乙.txt", 20, 60)
    imported(store, tmp_path / "甲.txt", tmp_path / "乙.txt")
    return store, {facts["name"]: chat_id for chat_id, facts in store.known_chats().items()}


def test_two_exports_of_one_group_become_one_without_doubles_and_stay_so(two, tmp_path):
    store, ids = two
    assert regroup.merge(store, ids["乙"], into=ids["甲"]) == 20
    assert set(store.known_chats()) == {ids["甲"]} and rows(store, ids["甲"]) == 60
    again = imported(store, tmp_path / "甲.txt", tmp_path / "乙.txt")
    assert rows(store, ids["甲"]) == 60 and set(store.known_chats()) == {ids["甲"]}
    assert {r.chat_id for r in again.receipts} == {ids["甲"]} and sum(r.new for r in again.receipts) == 0
    export(tmp_path, "乙.txt", 20, 70)
    imported(store, tmp_path / "乙.txt")
    assert rows(store, ids["甲"]) == 70
    export(tmp_path, "甲.txt", 0, 80)  # the other name catches up: what came by the first is not doubled
    imported(store, tmp_path / "甲.txt")
    assert rows(store, ids["甲"]) == 80


def test_two_groups_that_share_a_name_are_split_by_file_and_stay_so(tmp_path):
    store = Store(tmp_path / "w")
    (tmp_path / "a").mkdir()
    export(tmp_path, "一家人.txt", 0, 30)
    export(tmp_path / "a", "一家人(2).txt", 40, 70, names=("赵", "钱"))
    bring_in(store, RunReport(), [tmp_path / "一家人.txt"], load_settings(), chat_name="一家人")
    bring_in(store, RunReport(), [tmp_path / "a"], load_settings(), chat_name="一家人")
    (chat_id,) = store.known_chats()
    assert regroup.sources_of(store, chat_id) == {"一家人(2).txt": 30, "一家人.txt": 30}
    new = regroup.split(store, chat_id, ["一家人(2).txt"], "婆家")
    assert (rows(store, chat_id), rows(store, new)) == (30, 30)
    assert store.known_chats()[new]["name"] == "婆家"
    bring_in(store, RunReport(), [tmp_path / "a"], load_settings(), chat_name="一家人")
    assert (rows(store, chat_id), rows(store, new)) == (30, 30)
    for wrong in ([], ["一家人.txt"], ["no such"]):
        with pytest.raises(WorkspaceError):
            regroup.split(store, chat_id, wrong, "x")


def test_another_zone_moves_the_days_not_the_instants_and_later_imports_follow(two, tmp_path):
    store, ids = two
    before = store.messages(ids["甲"], ["sent_at"])["sent_at"].to_pylist()
    regroup.set_zone(store, ids["甲"], "America/New_York")
    assert store.messages(ids["甲"], ["sent_at"])["sent_at"].to_pylist() == before
    export(tmp_path, "甲.txt", 0, 45)
    imported(store, tmp_path / "甲.txt")
    assert set(store.messages(ids["甲"])["zone"].to_pylist()) == {"America/New_York"} and rows(store, ids["甲"]) == 45
    with pytest.raises(WorkspaceError):
        regroup.set_zone(store, ids["甲"], "Mars/Olympus")


def test_an_erased_chat_is_gone_with_all_that_was_known_about_it(two):
    store, ids = two
    verdicts.decide(store.engine, [verdicts.Decision(ids["甲"], "m", "ad")], "li")
    assert regroup.erase_chat(store, ids["甲"]) == 40
    assert set(store.known_chats()) == {ids["乙"]} and rows(store, ids["甲"]) == 0
    assert store.verdicts().num_rows == 0 and store.receipts(ids["甲"]) == []
    assert not list((store.workspace / "messages" / ids["甲"]).rglob("*.parquet"))


def test_chats_of_different_platforms_are_not_one(store):
    with store.engine.begin() as connection:
        connection.execute(
            regroup.cat.chat.update().where(regroup.cat.chat.c.chat_id == invented.WARM).values(platform="x")
        )
    with pytest.raises(WorkspaceError):
        regroup.merge(store, invented.WARM, into=invented.DYING)
