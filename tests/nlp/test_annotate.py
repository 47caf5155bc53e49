import datetime as dt
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from ingest.message import MESSAGES
from nlp import Annotator, NlpSettings, check_annotations
from nlp.heads import heads

STRANGE = [
    "",
    " \n\t",
    "👍👍👍",
    "字" * 10_000,
    "加微信abc12345 " * 700,
    "שלום עולם مرحبا",
    "\u202e反\u202c",
    "\x00\x01\x07",
    "v\u0347x\u0347：a\u0347b\u0347c１２３",
    "🅰️🅱️ ①②③ ㎏ ½ ﷺ",
]
ORDINARY = ["今晚吃什么", "哈哈哈哈笑死我了", "气死我了，快递又丢了", "这个傻逼", "明天停水，大家记得储水"]
AD = "宝妈兼职，日入300，加薇❤信：ａｂｃ１２３４５ 了解"


@pytest.fixture(scope="module")
def annotator():
    return Annotator(NlpSettings())


def make_messages(rows):
    base = {
        "chat_id": "c",
        "zone": "Asia/Shanghai",
        "time_resolution": "s",
        "kind": "text",
        "mentions": [],
        "urls": [],
        "actor_ids": [],
        "target_ids": [],
        "source": "a.txt",
        "source_line": 1,
        "sender_id": "u",
        "sent_at": dt.datetime(2025, 3, 3, tzinfo=dt.UTC),
    }
    return pa.Table.from_pylist([{**base, "message_id": str(i), **row} for i, row in enumerate(rows)], schema=MESSAGES)


@pytest.mark.parametrize("head", heads().values(), ids=lambda head: head.name)
def test_every_head_keeps_the_contract(annotator, head):
    texts = [*STRANGE, *ORDINARY, AD]
    first, second = annotator.classify(texts), annotator.classify(list(reversed(texts)))
    label, score, evidence = (f"{head.name}_{part}" for part in ("label", "score", "evidence"))
    assert set(first[label].to_pylist()) <= set(head.labels)
    assert all(0 <= value <= 1 for value in first[score].to_pylist())
    for text, spans in zip(texts, first[evidence].to_pylist(), strict=True):
        assert all(0 <= span["start"] < span["end"] <= len(text) and span["why"] for span in spans)
    for column in head.columns:
        assert first[column.name].type == column.type
        assert list(reversed(second[column.name].to_pylist())) == first[column.name].to_pylist()


def test_an_advertisement_is_found_with_its_contact(annotator):
    found = annotator.classify([AD]).to_pylist()[0]
    assert found["ads_label"] == "ad"
    assert found["ads_kind"] == "part_time"
    shown = {AD[span["start"] : span["end"]] for span in found["ads_evidence"]}
    assert any("ａｂｃ１２３４５" in text for text in shown)


def test_asking_for_a_thing_is_no_advertisement(annotator):
    asked = [
        "谁有靠谱的搬家师傅推荐一下",
        "可以加你微信吗，想问下学区的事",
        "刷单都是骗人的，大家别信",
        "收到，谢谢老师",
    ]
    assert annotator.classify(asked)["ads_label"].to_pylist() == ["not_ad"] * len(asked)


def test_moods_questions_insults_and_topics_of_plain_lines(annotator):
    found = annotator.classify(
        ["太开心了，谢谢大家！", "气死我了，太差劲了", "什么时候开会？", "你这个傻逼去死"]
    ).to_pylist()
    assert [row["sentiment_label"] for row in found][:2] == ["positive", "negative"]
    assert found[2]["question_label"] == "question"
    assert found[3]["toxicity_label"] == "toxic"
    assert found[0]["toxicity_label"] == "not_toxic"


def test_the_three_probabilities_of_sentiment_sum_to_one(annotator):
    table = annotator.classify([*STRANGE, *ORDINARY])
    total = sum(table[f"sentiment_{name}"].to_numpy() for name in ("positive", "neutral", "negative"))
    np.testing.assert_allclose(total, 1, atol=1e-5)


def test_annotations_have_one_row_a_message_and_spare_system_lines(annotator):
    messages = make_messages(
        [
            {"text": AD},
            {"text": "小明邀请小红加入了群聊", "event": "invite", "kind": "system"},
            {"text": "[图片]", "kind": "image"},
            {"text": AD},
            {"text": "哈哈哈", "quoted_text": AD},
            {"text": ""},
        ]
    )
    table = check_annotations(annotator.annotate(messages), messages)
    assert table["ads_label"].to_pylist() == ["ad", None, None, "ad", "not_ad", "not_ad"]
    assert table["question_score"].to_pylist()[1:3] == [None, None]
    assert table["ads_evidence"].to_pylist()[2] is None
    assert table["text_hash"][0] == table["text_hash"][3]
    assert "兼职" in table["tokens"].to_pylist()[0]
    assert table["encoder_version"].to_pylist() == [annotator.version] * 6


def test_no_messages_give_no_annotations(annotator):
    messages = make_messages([])
    assert annotator.annotate(messages).num_rows == 0
    assert annotator.classify([]).num_rows == 0


def test_equal_texts_are_scored_once(annotator, monkeypatch):
    seen = []
    encode = annotator.encoder.encode
    monkeypatch.setattr(annotator.encoder, "encode", lambda texts: seen.extend(texts) or encode(texts))
    table = annotator.annotate(make_messages([{"text": "收到"}, {"text": "谢谢"}, {"text": "收到"}] * 50))
    assert sorted(seen) == ["收到", "谢谢"]
    assert table.num_rows == 150


def test_a_long_message_is_judged_by_its_two_ends(annotator):
    long = "大家好。" * 400 + AD
    found = annotator.classify([long]).to_pylist()[0]
    assert found["ads_label"] == "ad"
    assert max(span["end"] for span in found["ads_evidence"]) > len(long) - len(AD)


def test_importing_nlp_does_not_import_torch():
    code = "import sys, nlp, nlp.annotation, nlp.settings; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={**os.environ}, check=False).returncode == 0
