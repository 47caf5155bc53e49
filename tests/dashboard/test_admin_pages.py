"""The admin's pages: what a form says is what the workspace then holds, and nothing happens by accident."""

from __future__ import annotations

import ast

import invented
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT
from dashboard import audited, history, office, words
from nuanqun import audit, house, jobs, regroup, verdicts, worker
from nuanqun import catalogue as cat
from nuanqun.accounts import everyone
from nuanqun.errors import WorkspaceError
from nuanqun.sessions import token_person
from nuanqun.store import Store


@pytest.fixture()
def store(tmp_path, monkeypatch) -> Store:
    monkeypatch.setattr(worker, "ensure", lambda _: None)
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(tmp_path))
    return invented.build(tmp_path)


def page(name: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"views/{name}.py").run()
    assert not app.exception
    return app


def press(app: AppTest, key: str, position: int = 0) -> AppTest:
    found = [button for button in app.button if button.label == words.t(key)]
    found[position].click().run()
    assert not app.exception
    return app


def field(elements, key: str):
    return next(element for element in elements if element.label == words.t(key))


def said(app: AppTest) -> str:
    kinds = ("success", "error", "warning", "info", "text", "caption")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind))


def test_a_chat_is_renamed_archived_and_brought_back(store):
    app = page("chats", chat=invented.WARM)
    field(app.text_input, "chats.name").set_value("夜读")
    press(app, "chats.save")
    assert store.known_chats()[invented.WARM]["name"] == "夜读"
    assert [job.kind for job in jobs.open_jobs(store.engine)] == ["analyse"]
    press(app, "chats.archive")
    assert regroup.archived(store) == {invented.WARM}
    assert len(page("overview").dataframe[0].value) == 1
    press(page("chats", chat=invented.WARM), "chats.unarchive")
    assert regroup.archived(store) == set()


def test_a_form_that_lacks_a_choice_says_so(store):
    app = page("chats", chat=invented.WARM)
    press(app, "chats.save", 2)  # a role for nobody
    assert words.t("chats.need") in said(app)


def test_only_chats_of_the_same_platform_are_offered_to_merge_into(store):
    assert words.t("chats.no_others") in said(page("chats", chat=invented.WARM))
    with store.engine.begin() as connection:
        connection.execute(cat.chat.update().values(platform="qq", name="同名的群"))
    app = page("chats", chat=invented.WARM)
    into = field(app.selectbox, "chats.into")
    (offered,) = into.options
    assert offered.startswith("同名的群") and invented.DYING[:4] in offered  # which of two that are called alike
    press(app, "chats.merge")
    assert words.t("chats.need") in said(app)
    field(app.selectbox, "chats.into").set_value(invented.DYING)
    press(app, "chats.merge")
    assert field(app.selectbox, "pick.chat").value == invented.DYING  # not whichever comes first
    told = words.t("chats.merged", count=len(invented.texts_of(invented.WARM)[:50]))
    app.run()  # a job that ends meanwhile draws the page anew
    assert told[:3] in said(app)


def test_a_merge_that_is_refused_goes_nowhere_and_says_only_why(store, monkeypatch):
    def refuse(*_: object) -> None:
        raise WorkspaceError("choose two different chats of this workspace")

    monkeypatch.setattr(office, "merge_chats", refuse)
    with store.engine.begin() as connection:
        connection.execute(cat.chat.update().values(platform="qq"))
    app = page("chats", chat=invented.WARM)
    field(app.selectbox, "chats.into").set_value(invented.DYING)
    press(app, "chats.merge")
    assert words.t("chats.failed") in said(app) and words.t("chats.need") not in said(app)
    app.run()
    assert field(app.selectbox, "pick.chat").value == invented.WARM


def test_ads_on_fridays_are_a_rule_of_one_chat(store):
    app = page("chats", chat=invented.DYING)
    field(app.button_group, "chats.ad_days").set_value([4])
    press(app, "chats.save", 1)
    assert house.rules_of(store, invented.DYING).ad_days == (4,)
    assert house.rules_of(store, invented.WARM).ad_days == ()


def test_a_chat_is_erased_only_when_its_name_is_typed(store):
    name = store.known_chats()[invented.WARM]["name"]
    app = page("chats", chat=invented.WARM)
    field(app.text_input, "chats.erase_name").set_value("something else")
    press(app, "chats.erase")
    assert words.t("chats.erase_wrong") in said(app) and invented.WARM in store.known_chats()
    field(app.text_input, "chats.erase_name").set_value(name)
    press(app, "chats.erase")
    assert invented.WARM not in store.known_chats()
    assert audit.page(store.engine, 1, 1)[0]["action"] == "erase_chat"


def test_members_are_united_separated_and_erased_when_meant(store):
    platform = store.known_chats()[invented.WARM]["platform"]
    app = page("identities")
    field(app.selectbox, "identities.platform").set_value(platform).run()
    app.multiselect(key="ids_to_unite").set_value(["u3", "u4"])
    press(app, "identities.unite")
    assert house.aliases_of(store, platform) == [("u4", "u3")]
    app.button(key="separate_0").click().run()
    assert house.aliases_of(store, platform) == []
    field(app.selectbox, "identities.who").set_value("u5")
    press(app, "identities.erase")
    assert words.t("identities.not_sure") in said(app)
    assert "u5" in store.messages(invented.WARM)["sender_id"].to_pylist()
    field(app.selectbox, "identities.who").set_value("u5")
    app.checkbox[0].check()
    press(app, "identities.erase")
    assert "u5" not in store.messages(invented.WARM)["sender_id"].to_pylist()
    row = audit.page(store.engine, 1, 1)[0]
    assert row["action"] == "erase_member" and "u5" not in str(row["detail"])


def test_words_are_tried_on_the_past_before_they_can_be_saved(store):
    ids = {row["text"]: row["message_id"] for row in store.messages(invented.WARM).to_pylist()}
    verdicts.decide(store.engine, [verdicts.Decision(invented.WARM, ids["明晚八点继续"], "fine")], "b")
    app = page("lexicons")
    app.text_area(key="words_ad_words").set_value("八点继续\n# 注释\n八点继续").run()
    assert app.button(key="save_words").disabled
    app.button(key="try_words").click().run()
    table = app.dataframe[0].value
    assert set(table["text"]) == {"明晚八点继续"} and set(table["after"]) == {"广告"}
    assert "其中 1 条与人的判定相反" in said(app)
    assert house.read(store.engine, "ad_words", []) == []
    app.button(key="save_words").click().run()
    assert house.read(store.engine, "ad_words") == ["八点继续"]
    assert audit.page(store.engine, 1, 1)[0]["detail"] == {"list": "ad_words", "words": 1}  # not the words


def test_stop_words_leave_the_list_of_common_words(store):
    assert "读书" in page("lexicons").text[-1].value
    app = page("lexicons")
    app.text_area(key="words_stop_words").set_value("读书").run()
    assert "读书" not in said(app)


def test_the_effect_of_a_threshold_is_counted_on_reviewed_messages():
    rows = pd.DataFrame({"probability": [0.95, 0.8, 0.6, 0.3], "is_ad": [True, False, True, True]})
    found = history.threshold_effect(rows, [0.5, 0.7, 0.99]).set_index("threshold")
    assert found.loc[0.5, ["flagged", "right"]].tolist() == [3, 2]
    assert found.loc[0.5, "precision"] == pytest.approx(2 / 3) and found.loc[0.5, "recall"] == pytest.approx(2 / 3)
    assert found.loc[0.7, "precision"] == pytest.approx(0.5)
    assert found.loc[0.99, "flagged"] == 0 and pd.isna(found.loc[0.99, "precision"])


def test_the_page_of_thresholds_counts_what_people_decided(store):
    ids = {row["text"]: row["message_id"] for row in store.messages(invented.DYING).to_pylist()}
    decisions = [verdicts.Decision(invented.DYING, ids[f"{invented.AD_TEXT} {n}"], "ad") for n in range(3)]
    verdicts.decide(store.engine, decisions, "b")
    app = page("thresholds")
    assert words.t("thresholds.reviewed", count=3, ads=3) in said(app)
    assert app.dataframe[0].value.set_index("threshold").loc[50, ["flagged", "precision", "recall"]].tolist() == [
        3,
        100,
        100,
    ]


def test_thresholds_are_kept_and_only_those_that_differ(store):
    app = page("thresholds")
    app.number_input(key="knob_ad_flood_share").set_value(0.4)
    app.run()
    app.button(key="save_thresholds").click().run()
    assert house.read(store.engine, "thresholds") == {"ad_flood": {"share": 0.4}}
    assert page("thresholds").number_input(key="knob_ad_flood_share").value == 0.4


def test_old_records_are_erased_only_when_meant(store):
    rows = sum(part.rows for part in store.parts("messages"))
    app = page("storage")
    press(app, "storage.erase")
    assert words.t("storage.not_sure") in said(app)
    assert sum(part.rows for part in store.parts("messages")) == rows
    app.checkbox[0].check()
    press(app, "storage.erase")
    assert sum(part.rows for part in store.parts("messages")) == 0  # the invented chats are years old


def test_the_audit_shows_what_was_done_and_hostile_details_as_text(store):
    audit.write(store.engine, "<b>li</b>", "rename_chat", invented.WARM, {"name": invented.HOSTILE_NAME})
    rows = page("audit").dataframe[0].value
    assert rows["action"].tolist() == ["群聊改名"] and rows["actor"].tolist() == ["<b>li</b>"]
    assert rows["detail"].iloc[0].startswith("名称：") and "javascript" in rows["detail"].iloc[0]


def test_who_has_no_account_has_a_name_in_the_audit(store):
    for name in ("local", "command line", "doctor", "?", "小林"):
        audit.write(store.engine, name, "repair")
    assert page("audit").dataframe[0].value["actor"].tolist() == [
        "小林",
        "未登录的人",
        "自动修复",
        "命令行",
        "本机用户",
    ]


def test_the_audit_tells_details_in_words(store):
    names = {"a1": "读书会", "b2": "团购群"}
    for body, words_of_it in (
        ({"archived": True}, "归档：是"),
        ({"into": "a1"}, "并入：读书会"),
        ({"chats": None, "role": "moderator"}, "可见的群：全部群聊；角色：审核员"),
        ({"ad_days": [4], "ad_roles": ["owner"], "ad_members": []},
         "可发广告的日子：周五；可发广告的身份：群主；可发广告的人：无"),
        ({"rule": "ad_flood", "status": "snoozed"}, "预警：广告泛滥；处理：稍后再看"),
        ({"thresholds": {"ad_flood": {"share": 0.2}}, "ads_threshold": 0.7}, "改过的预警界线：广告泛滥 比例下限 0.2；广告界线：70%"),
        ({"sources": ["a.txt"] * 7}, "来源文件：a.txt、a.txt、a.txt、a.txt、a.txt等 7 项"),
        ({"action": "erase_chat"}, "想做的：删除群聊"),
        ({"of_a_later_version": "<b>"}, "of_a_later_version：<b>"),
        ({"chat_id": "a1"}, words.NOTHING),
    ):  # fmt: skip
        assert audited.told(body, names) == words_of_it


def test_every_detail_that_is_written_down_has_a_name():
    """Names of details, read from the code: those that an act tells, and those of rows written by hand."""
    told, column = set(), {"chat_id"}
    for path in [*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "nuanqun").rglob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = ast.unparse(call.func).rsplit(".", 1)[-1]
            if name == "act":
                told |= {a.value for a in call.args[1:] if isinstance(a, ast.Constant)} - column
            elif ast.unparse(call.func) in ("audit.write", "guard.note"):
                bodies = [*call.args, *(k.value for k in call.keywords)]
                told |= {ast.literal_eval(k) for body in bodies if isinstance(body, ast.Dict) for k in body.keys if k}
    assert len(told) > 40
    assert not {name for name in told if audited.label(name) == name}


def test_a_token_is_shown_once_and_can_be_stopped(store):
    app = page("accounts")
    form = {element.label: element for element in app.text_input}
    form[words.t("accounts.name")].set_value("bi")
    form[words.t("accounts.password")].set_value("四个不同的字加上数字 2024")
    press(app, "accounts.add_go")
    assert [account.name for account in everyone(store.engine)] == ["bi"]
    field(app.text_input, "tokens.name").set_value("报表")
    press(app, "tokens.issue")
    secret = app.code[0].value
    person = token_person(store.engine, secret)
    assert person and person.name == "bi"
    app.run()
    assert not app.code
    press(app, "tokens.revoke")
    assert token_person(store.engine, secret) is None


def test_a_table_nobody_knows_is_read_once_its_columns_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "ensure", lambda _: None)
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(tmp_path / "w"))
    lines = ["Quand;Qui;Quoi"] + [f"2024-03-0{n} 09:15:00;Anna {n % 2};bonjour {n}" for n in range(1, 8)]
    (tmp_path / "tableau.csv").write_text("\n".join(lines), encoding="utf-8")
    app = page("upload")
    app.button_group(key="upload_way").set_value("path").run()
    app.text_input[0].set_value(str(tmp_path / "tableau.csv"))
    press(app, "upload.look")
    for meaning, column in (("time", "Quand"), ("sender", "Qui"), ("text", "Quoi")):
        app.selectbox(key=f"plan_0_column_{meaning}").set_value(column)
    app.run()
    assert "7 条是新的" in said(app)
    app.button(key="plan_start").click().run()
    assert worker.work(tmp_path / "w", idle_seconds=0) == 1
    assert sum(part.rows for part in Store(tmp_path / "w").parts("messages")) == 7
    again = page("upload")  # the same header is known from now on
    again.button_group(key="upload_way").set_value("path").run()
    again.text_input[0].set_value(str(tmp_path / "tableau.csv"))
    press(again, "upload.look")
    assert "7 条工作区里已有" in said(again)


def test_a_table_inside_a_folder_can_be_told_what_its_columns_are(tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "ensure", lambda _: None)
    monkeypatch.setenv("NUANQUN_WORKSPACE", str(tmp_path / "w"))
    folder = tmp_path / "exports"
    folder.mkdir()
    lines = ["Quand;Qui;Quoi"] + [f"2024-03-0{n} 09:15:00;Anna {n % 2};bonjour {n}" for n in range(1, 8)]
    (folder / "tableau.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "notes.txt").write_text("会议纪要\n一、讨论\n", encoding="utf-8")
    app = page("upload")
    app.button_group(key="upload_way").set_value("path").run()
    app.text_input[0].set_value(str(folder))
    press(app, "upload.look")
    for meaning, column in (("time", "Quand"), ("sender", "Qui"), ("text", "Quoi")):
        app.selectbox(key=f"plan_0_0_column_{meaning}").set_value(column)
    app.run()
    assert "7 条是新的" in said(app)
    app.button(key="plan_start").click().run()
    assert worker.work(tmp_path / "w", idle_seconds=0) == 1
    assert sum(part.rows for part in Store(tmp_path / "w").parts("messages")) == 7


def test_what_an_old_import_refused_is_told_where_files_are_brought_in_only(store):
    rejected = [{"path": "/x/inbox/ab/notes.txt", "reason": "the file is empty", "hint": ""}]
    job = jobs.submit(store.engine, "import", {"items": []}, "li")
    assert jobs.take_next(store.engine)
    jobs.finish(store.engine, job, "done", {"chats": [], "rejected": rejected})
    assert "文件是空的" in said(page("upload"))
    for name in ("chats", "thresholds", "identities"):
        assert "文件是空的" not in said(page(name))
