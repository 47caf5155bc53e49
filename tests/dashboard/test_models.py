"""The models page and the words that moderators ask for: what an admin sees, switches, and answers."""

from __future__ import annotations

import invented
import pytest
from screens import open_page, said

from dashboard import words
from nlp.correction import Correction
from nlp.evaluate import score
from nuanqun import audit, house, jobs, own_models, verdicts, word_requests, worker
from nuanqun.store import Store


@pytest.fixture()
def store(tmp_path, monkeypatch) -> Store:
    monkeypatch.setattr(worker, "ensure", lambda _: None)
    return invented.build(tmp_path)


def measured(right: int) -> dict:
    return score("ads", ["ad"] * 50 + ["not_ad"] * 50, ["ad"] * right + ["not_ad"] * (100 - right))


def learned(store: Store) -> int:
    """A model that is a little surer of ads, as a training would leave it."""
    head = {
        "head": "ads", "rows": 64, "yes": 40, "verdicts_before": measured(40), "verdicts_after": measured(45),
        "gold_before": measured(41), "gold_after": measured(41), "refused": "",
    }  # fmt: skip
    return own_models.save(store, "invented/1", {"ads": Correction(1.0, 0.5)}, {"heads": [head]}).number


def test_without_a_trained_model_the_page_says_what_to_do(store, monkeypatch):
    app = open_page("models", store.workspace, monkeypatch)
    assert app.header[0].value == "正在使用：出厂模型"
    assert words.t("models.only_one") in said(app)
    back = app.button(key="roll_back")
    assert back.disabled and back.help == words.t("models.back_none")


def test_a_model_is_used_and_taken_back_and_both_are_on_the_audit(store, monkeypatch):
    number = learned(store)
    app = open_page("models", store.workspace, monkeypatch)
    row = app.dataframe[0].value.iloc[0]
    assert row["model"] == f"模型 {number}" and row["unseen_before"].startswith("90%（")
    assert row["unseen_after"].startswith("95%（") and row["verdicts_used"] == 64
    app.selectbox(key="model_new").set_value(number).run()
    app.button(key="use").click().run()
    assert own_models.active(store).number == number
    assert app.header[0].value == f"正在使用：模型 {number}"
    assert [job.kind for job in jobs.open_jobs(store.engine)] == ["analyse"]
    assert app.button(key="roll_back").label == "换回出厂模型"
    app.button(key="roll_back").click().run()
    assert own_models.active(store).number == 0
    assert audit.count(store.engine, None, "use_model") == 2


def test_learning_and_comparing_are_jobs_whose_results_are_shown(store, monkeypatch):
    number = learned(store)
    app = open_page("models", store.workspace, monkeypatch)
    app.button(key="learn").click().run()
    (job,) = jobs.open_jobs(store.engine)
    assert (job.kind, job.actor) == ("learn", "local")
    refused = {"head": "toxicity", "rows": 3, "yes": 1, "refused": "too_few"}
    jobs.finish(store.engine, job.id, "done", {"model": number, "heads": [{**refused}]})
    app.button(key="compare").click().run()
    (job,) = jobs.open_jobs(store.engine)
    assert job.body == {"old": 0, "new": number}
    found = {"chat_id": invented.DYING, "message_id": f"{invented.DYING}-60", "head": "ads"}
    found |= {"before_probability": 0.42, "after_probability": 0.61}
    gold = [{"head": "ads", "before": measured(41), "after": measured(44)}]
    result = {"gold": gold, "changed": 1, "looked_at": 360, "examples": [found]}
    jobs.finish(store.engine, job.id, "done", result)
    app.run()
    text = said(app)
    assert f"上次学习的结果：模型 {number}" in text and "还太少（“是”的 1 条）" in text
    assert "最近 360 条消息里，有 1 处判断不同" in text
    assert app.dataframe[-1].value["gold_after"].iloc[0].startswith(f"{100 * measured(44)['f1']:.1f}%（")


def ask(store: Store, word: str, message: int = 60) -> None:
    verdicts.add_remark(store.engine, invented.DYING, f"{invented.DYING}-{message}", "allow", word, "mod")


def test_a_word_that_moderators_ask_for_is_looked_at_then_allowed(store, monkeypatch):
    ask(store, "兼职日结")
    ask(store, "兼职日结", 62)
    app = open_page("lexicons", store.workspace, monkeypatch)
    assert "兼职日结　·　申请人 mod" in said(app) and "2 条消息" in said(app)
    assert app.button(key="accept_0").disabled
    app.button(key="look_0").click().run()
    assert "条会变成非广告" in said(app)
    app.button(key="accept_0").click().run()
    assert house.read(store.engine, "allow_words") == ["兼职日结"]
    assert app.text_area(key="words_allow_words").value == "兼职日结"
    assert words.t("asked.none") in said(app)
    assert audit.count(store.engine, "local", "accept_word") == 1
    assert len(verdicts.remarks(store.engine)) == 2  # training reads them


def test_a_declined_word_is_gone_for_training_too(store, monkeypatch):
    ask(store, "加薇")
    app = open_page("lexicons", store.workspace, monkeypatch)
    app.button(key="decline_0").click().run()
    assert house.read(store.engine, "allow_words", []) == [] and verdicts.remarks(store.engine) == []
    assert audit.count(store.engine, "local", "decline_word") == 1


def test_two_admins_do_not_answer_twice_and_scopes_hold(store):
    ask(store, "日结")
    assert word_requests.waiting(store.engine, {invented.WARM}) == []
    word_requests.accept(store.engine, "日结", "a")
    with pytest.raises(KeyError):
        word_requests.decline(store.engine, "日结", "b")
