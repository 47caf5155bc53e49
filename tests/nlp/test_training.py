import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from invented_labels import WORDS, invented_corpus

import models
from nlp import Annotator, NlpSettings
from nlp.augment import TRANSFORMATIONS, disguise_text
from nlp.emoticons import split_emoticons
from nlp.evaluate import evaluate, score
from nlp.labels import unify
from nlp.light import LightSettings
from nlp.normalize import normalize
from nlp.train import TrainSettings, learned_outputs, train_light
from nlp.training_data import SOURCES, dev_side, load_examples
from nlp.written import read_ads, read_ordinary, written_ads

TINY = TrainSettings(steps=100, rate=2e-2, epsilon=1e-8, rows=(), other_rows=24)
SIZE = LightSettings(bits=12, width=8, hidden=8)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return invented_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / "light"
    report = train_light(corpus[0], out, seed=3, settings=TINY, size=SIZE, sources=corpus[1], card=False)
    return out, report


def test_the_trainer_learns_what_is_plain_and_the_annotator_loads_it(trained, corpus):
    out, report = trained
    assert report["topic"] > 0.7
    annotator = Annotator(NlpSettings(encoder=str(out)))
    result = evaluate("toxicity", pq.read_table(corpus[0] / "toxicity.parquet"), annotator=annotator)
    assert result["accuracy"] > 0.9
    assert result["ci95"]["accuracy"][0] <= result["accuracy"] <= result["ci95"]["accuracy"][1]


def test_the_same_seed_gives_the_same_weights(trained, corpus, tmp_path):
    again = tmp_path / "light"
    train_light(corpus[0], again, seed=3, settings=TINY, size=SIZE, sources=corpus[1], card=False)
    for name in ("weights.safetensors", "heads.safetensors", "heads.json"):
        assert (again / name).read_bytes() == (trained[0] / name).read_bytes()


def test_the_manifest_names_every_file_of_the_model(trained):
    manifest = json.loads((trained[0].parent / "manifest.json").read_text())
    assert set(manifest) == {f"light/{path.name}" for path in trained[0].iterdir()}


def test_shipped_files_are_those_of_the_manifest():
    folder = Path(models.__file__).parent
    manifest = json.loads((folder / "manifest.json").read_text())
    light = {name: value for name, value in manifest.items() if name.startswith("light/")}
    assert {"light/weights.safetensors", "light/heads.safetensors", "light/MODEL_CARD.md"} <= set(light)
    for name, value in light.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == value, name
    assert (folder / "light" / "weights.safetensors").stat().st_size <= 20_000_000


def test_the_shipped_encoder_is_whole_and_answers_beside_the_shipped_light_model():
    folder = Path(models.__file__).parent
    manifest = json.loads((folder / "manifest.json").read_text())
    mine = {name: value for name, value in manifest.items() if name.startswith("encoder/")}
    assert {"encoder/model.safetensors", "encoder/cascade.json", "encoder/MODEL_CARD.md"} <= set(mine)
    for name, value in mine.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == value, name
    assert (folder / "encoder" / "model.safetensors").stat().st_size <= 40_000_000
    labels = Annotator(NlpSettings(quality="best")).classify(["宝妈兼职日结，加微信abc12345", "今天食堂的面真好吃", ""])
    assert labels["ads_label"].to_pylist() == ["ad", "not_ad", "not_ad"]


def test_a_model_of_other_heads_is_refused(trained, tmp_path):
    out = tmp_path / "light"
    out.mkdir()
    for path in trained[0].iterdir():
        (out / path.name).write_bytes(path.read_bytes())
    described = json.loads((out / "heads.json").read_text())
    described["topic"]["classes"][0] = "astrology"
    (out / "heads.json").write_text(json.dumps(described))
    with pytest.raises(ValueError, match="topic.*[Tt]rain"):
        Annotator(NlpSettings(encoder=str(out)))


def test_left_out_sources_are_never_trained_on(corpus):
    examples = load_examples(corpus[0], learned_outputs(), seed=1, leave_out=("topic",), sources=corpus[1])
    assert examples["topic"].dev.all()
    assert not examples["emotion"].dev.all()


def test_a_missing_source_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="tg_spam"):
        load_examples(tmp_path, {"ads": ("not_ad", "ad")}, seed=1)


def test_every_learned_output_has_a_source():
    assert {source.output for source in SOURCES} == set(learned_outputs())


def test_texts_with_one_opening_stay_on_one_side():
    openings = [f"第{word}个模板的开头文字" for word in WORDS * 4]
    for opening in openings:
        assert len(set(dev_side([f"{opening}{i}尾巴" for i in range(5)]).tolist())) == 1


def test_an_emoticon_labels_the_text_and_leaves_it():
    texts = ["又下雨了[泪][泪]", "赢了赢了[哈哈]", "不知道说什么[泪][哈哈]", "没有表情的话", "[怒]", "天哪怎么会[吃惊]"]
    assert split_emoticons(texts) == (["又下雨了", "赢了赢了"], ["negative", "positive"])


@pytest.mark.parametrize(
    ("task", "label", "ours"),
    [
        ("ads", "AD:Loan", "ad"),
        ("ads", "Other", None),
        ("ads_kind", "IL:Gambling", "gambling"),
        ("sentiment", "disgust", "negative"),
        ("sentiment", "surprise", None),
        ("emotion", "like", None),
        ("topic", "news_stock", "finance"),
        ("topic", "餐馆", "food"),
        ("topic", "买家咨询退款时间", "after_sales"),
        ("toxicity", "sexist", "toxic"),
        ("question", "Request", "question"),
        ("question", "Inform", "other"),
    ],
)
def test_labels_of_public_sets_are_mapped(task, label, ours):
    assert unify(task, label) == ours


def test_an_unknown_task_is_named():
    with pytest.raises(ValueError, match="weather"):
        unify("weather", "sunny")


def test_scores_of_a_known_confusion():
    result = score("ads", ["ad", "ad", "ad", "not_ad"], ["ad", "ad", "not_ad", "ad"])
    assert (result["accuracy"], result["precision"], result["recall"]) == (0.5, 0.6667, 0.6667)
    assert result["labels"]["ad"]["support"] == 3


def test_disguises_change_the_text_and_normalising_undoes_many():
    rng = np.random.default_rng(5)
    plain = "宝妈兼职日结，加微信abc12345，qq群123456789"
    disguised = [disguise_text(plain, rng) for _ in range(60)]
    assert len(set(disguised)) > 20
    assert sum("微信" in normalize(text) for text in disguised) > 30


def test_written_texts_are_distinct_and_filled():
    ads, ordinary = read_ads(), read_ordinary()
    assert len({text for _, text in ads}) == len(ads)
    assert len({one.text for one in ordinary}) == len(ordinary)
    assert len(ads) >= 2_000 and len(ordinary) >= 6_000
    assert not {text for _, text in ads} & {one.text for one in ordinary}
    assert not any("{" in text for text, _ in written_ads(np.random.default_rng(1), copies=3))
    assert {kind for kind, _ in ads} <= set(learned_outputs()["ads_kind"])


def test_each_of_the_twelve_disguises_changes_an_advertisement_that_gives_it_something_to_change():
    rng = np.random.default_rng(5)
    plain = "兼职刷单赚钱，加微信abc12345，进群私聊代理"
    changed = {name: way(plain, rng) for name, way in TRANSFORMATIONS.items()}
    assert len(changed) == 12
    assert plain not in changed.values()
    undone = ("full_width", "maths_letters", "circled_digits", "keycap_digits", "zero_width", "combining_marks")
    for name in (*undone, "traditional"):
        assert normalize(changed[name]) == normalize(plain), name
