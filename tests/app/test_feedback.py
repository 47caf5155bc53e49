"""Learning from moderators: what they decided is learned where it holds, refused where it does not, and undone."""

from __future__ import annotations

import json
import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from nuanqun import audit, feedback, own_models, verdicts
from nuanqun.cli import app
from nuanqun.compare_models import compare
from nuanqun.correcting import LONGEST_VERSION, full_version
from nuanqun.errors import WorkspaceError
from nuanqun.pipeline import run
from nuanqun.settings import load_settings
from nuanqun.store import Store
from nuanqun.verdicts import Decision, decide

GOODS = "大闸蟹 草莓 土鸡蛋 砂糖橘 苹果 洗衣液 牛腩 手撕面包 沃柑 羽绒被 三文鱼 垃圾袋".split()
TAILS = ("报个数就行", "周三晚八点截团", "老地方自提", "满两份送一份", "试吃过很满意", "明早到货", "不够甜包退")
ADS = (
    "宝妈在家兼职，日结{}，打字就能做，加微信 kd{}", "贷款当天下款{}万，无需征信，加微信 kd{}",
    "代开各类发票，点位低至{}个点，联系微信 kd{}", "高价收游戏账号{}起，秒结，加扣扣 8{}",
    "刷单返利，一单{}元，新人先送红包，加 kd{}", "股票内部消息，每天{}个点，进群加 kd{}",
)  # fmt: skip
TALK = ("今天降温了记得加衣服", "周末有人去爬山吗", "谢谢大家", "我也这么想", "停车位又被占了", "孩子有点咳嗽")


def group_buy(rng: random.Random) -> str:
    """What the leader of a group-buy chat posts: an advertisement anywhere else, the point of the chat here."""
    first, second = rng.sample(TAILS, 2)
    return f"今日开团：{rng.choice(GOODS)} {rng.randint(9, 199)}元一份，{first}，{second}，私聊团长下单"


def advertisement(rng: random.Random) -> str:
    return rng.choice(ADS).format(rng.randint(5, 300), rng.randint(10_000, 99_999))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    """Three chats in which the leader's offers, advertisements and talk alternate, imported and analysed."""
    rng, folder, paths = random.Random(5), tmp_path_factory.mktemp("exports"), []
    for name in ("东区团购", "西区团购", "南区团购"):
        at, bar = datetime(2024, 5, 6, 9), "=" * 64
        lines = [f"{bar}\n消息分组:我的QQ群\n{bar}\n消息对象:{name}\n{bar}\n"]
        for turn in range(90):
            who, text = [("10001", group_buy(rng)), (f"2{turn:04}", advertisement(rng)), ("10002", TALK[turn % 6])][
                turn % 3
            ]
            at += timedelta(minutes=37)
            lines.append(f"{at:%Y-%m-%d %H:%M:%S} 友{who}({who})\n{text}\n")
        path = folder / f"{name}.txt"
        path.write_text(
            "消息记录（此消息记录为文本格式，不支持重新导入）\n\n" + "\n".join(lines) + "\n", encoding="utf-8"
        )
        paths.append(path)
    run(paths, workspace=folder / "w", settings=load_settings())
    return folder / "w"


@pytest.fixture
def store(workspace, tmp_path) -> Store:
    shutil.copytree(workspace, tmp_path / "w")
    return Store(tmp_path / "w")


@pytest.fixture(scope="module")
def taught(workspace, tmp_path_factory) -> Path:
    """The same workspace with fair verdicts and model 1, which is not in use."""
    folder = tmp_path_factory.mktemp("taught") / "w"
    shutil.copytree(workspace, folder)
    judge(Store(folder), fair)
    assert feedback.train(Store(folder), load_settings().nlp).model is not None
    return folder


@pytest.fixture
def wiser(taught, tmp_path) -> Store:
    shutil.copytree(taught, tmp_path / "w")
    return Store(tmp_path / "w")


def flagged(store: Store) -> dict[tuple[str, str], str]:
    """(chat, message) -> text of everything that is called an advertisement now."""
    found = {}
    for chat in store.known_chats():
        messages, annotations = store.chat_tables(chat)
        rows = zip(messages.to_pylist(), annotations["ads_label"].to_pylist(), strict=True)
        found |= {(chat, m["message_id"]): m["text"] for m, label in rows if label == "ad"}
    return found


def judge(store: Store, label_of) -> int:
    """Decide every flagged message by its text; returns how many."""
    rows = flagged(store)
    decisions = [
        Decision(chat, message, label_of(text), suggestion_label="ad") for (chat, message), text in rows.items()
    ]
    decide(store.engine, decisions, "阿青")
    return len(decisions)


def fair(text: str) -> str:
    return "fine" if text.startswith("今日开团") else "ad"


def head(done: feedback.Feedback, name: str = "ads") -> feedback.HeadReport:
    return next(report for report in done.heads if report.head == name)


def cli(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_what_moderators_allow_is_learned_holds_in_other_chats_and_is_taken_back_by_one_command(store):
    before, version = flagged(store), {part.version for part in store.parts("annotations")}
    assert sum(text.startswith("今日开团") for text in before.values()) >= 60
    assert judge(store, fair) >= 120
    cli("train", "feedback", "--workspace", str(store.workspace))

    (first, shipped) = own_models.versions(store)
    assert (first["number"], first["active"], first["heads"], shipped["number"]) == (1, True, ["ads"], 0)
    report = first["measured"][0]
    assert report["unit"] == "chat"
    assert report["verdicts_after"]["accuracy"] > 0.95 > report["verdicts_before"]["accuracy"]
    assert report["gold_after"]["f1"] >= report["gold_before"]["f1"] - feedback.GOLD_LOSS

    after = flagged(store)
    assert not any(text.startswith("今日开团") for text in after.values())
    assert sum("kd" in text or "扣扣" in text for text in after.values()) >= 60
    versions = {part.version for part in store.parts("annotations")}
    assert all("+model-1-" in one for one in versions)
    assert set(store.annotations(next(iter(store.known_chats())))["encoder_version"].to_pylist()) == versions

    cli("models", "rollback", "--workspace", str(store.workspace))
    assert flagged(store) == before
    assert {part.version for part in store.parts("annotations")} == version
    with pytest.raises(WorkspaceError, match="nothing to go back"):
        own_models.rollback(store, "阿青")


def test_a_switch_of_models_stands_in_the_audit_and_numbers_are_never_used_again(wiser):
    store = wiser
    again = feedback.train(store, load_settings().nlp).model
    assert again is not None and again.number == 2
    assert again.heads == own_models.load(store, 1).heads  # the same verdicts teach the same
    own_models.use(store, 2, "阿青")
    own_models.use(store, 1, "阿青")
    assert own_models.rollback(store, "小林").number == 2
    assert own_models.rollback(store, "小林").number == 0
    rows = audit.page(store.engine, 1, action="use_model")
    assert [(row["actor"], row["detail"]["number"]) for row in rows] == [
        ("小林", 0),
        ("小林", 2),
        ("阿青", 1),
        ("阿青", 2),
    ]


def test_two_models_are_compared_by_gold_and_by_the_messages_that_change(wiser):
    found = compare(wiser, load_settings().nlp, 0, 1)
    assert [row["head"] for row in found.gold] == ["ads", "toxicity"]
    assert found.looked_at == 270
    changed = found.changed.to_pylist()
    texts = flagged(wiser)
    assert {(row["chat_id"], row["message_id"]) for row in changed} >= {
        key for key, text in texts.items() if text.startswith("今日开团")
    }
    assert {(row["head"], row["before"], row["after"]) for row in changed} == {("ads", "ad", "not_ad")}
    assert compare(wiser, load_settings().nlp, 1, 1).changed.num_rows == 0


def test_verdicts_that_say_nothing_about_other_chats_are_refused(store):
    rng = random.Random(1)
    judge(store, lambda _text: rng.choice(("ad", "fine")))
    done = feedback.train(store, load_settings().nlp)
    assert done.model is None
    assert head(done).refused in ("not_better", "worse_on_gold")  # noise helps nobody, and may spoil the fixed set too
    assert head(done).because
    assert own_models.versions(store)[0]["number"] == 0


def test_verdicts_that_would_let_real_advertisements_through_are_refused_by_the_gold_set(store):
    judge(store, lambda text: "ad" if sum(map(ord, text)) % 12 == 0 else "fine")
    before = flagged(store)
    done = feedback.train(store, load_settings().nlp)
    report = head(done)
    assert (report.refused, done.model) == ("worse_on_gold", None)
    assert report.verdicts_after["accuracy"] > report.verdicts_before["accuracy"]
    assert f"{report.gold_before['f1']:.3f} to {report.gold_after['f1']:.3f}" in report.because
    assert flagged(store) == before


def test_a_few_verdicts_teach_nothing_and_say_how_many_are_needed(store):
    rows = list(flagged(store).items())[:9]
    decide(store.engine, [Decision(chat, message, fair(text)) for (chat, message), text in rows], "阿青")
    done = feedback.train(store, load_settings().nlp)
    assert {report.refused for report in done.heads} == {"too_few"}
    assert "9 verdicts" in head(done).because


def test_teaching_and_allowing_outweigh_the_verdict_and_undone_verdicts_are_gone(store):
    (chat, message), (_, other), (_, third) = list(flagged(store))[:3]
    decide(store.engine, [Decision(chat, one, "ad") for one in (message, other)], "阿青")
    undone = decide(store.engine, [Decision(chat, third, "ad")], "阿青")
    verdicts.undo(store.engine, undone)
    verdicts.add_remark(store.engine, chat, message, "teach", "fine", "小林")
    verdicts.add_remark(store.engine, chat, other, "allow", "开团", "小林")
    found = {example.message_id: example for example in feedback.decided(store)}
    assert set(found) == {message, other}
    assert {example.target["ads"] for example in found.values()} == {0}
    assert {example.weight for example in found.values()} == {feedback.TEACH}


def test_a_model_made_over_other_shipped_models_is_left_aside(wiser):
    model = own_models.load(wiser, 1)
    texts, plain = pa.chunked_array([["今日开团"]]), pa.table({"ads_label": ["ad"]})
    assert model.apply(texts, plain, "light-of-tomorrow") is plain
    assert model.version("light-of-tomorrow") == ""


def test_a_damaged_model_is_named_and_rolling_back_still_works(wiser):
    own_models.use(wiser, 1, "阿青")
    path = wiser.workspace / "models" / "1" / "correction.json"
    path.write_text(path.read_text("utf-8")[:-9], encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"correction\.json is damaged"):
        own_models.active(wiser)
    assert own_models.rollback(wiser, "阿青").number == 0
    with pytest.raises(WorkspaceError, match="model 7 is not"):
        own_models.use(wiser, 7, "阿青")


def test_the_files_of_a_model_hold_no_text(wiser):
    for path in (wiser.workspace / "models" / "1").iterdir():
        body = path.read_text("utf-8")
        assert json.loads(body)
        assert not [word for word in (*GOODS, "开团", "kd") if word in body]


def test_long_versions_fit_the_catalogue():
    base = "light-0123456789ab+heads-0123456789ab+balanced:encoder-0123456789ab+heads-0123456789ab"
    version = full_version(base, "+model-12-abcdef01", "+own-abcdef01")
    assert len(version) <= LONGEST_VERSION
    assert version != full_version(base.replace("balanced", "best"), "+model-12-abcdef01", "+own-abcdef01")
