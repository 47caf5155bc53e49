import json
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from invented_labels import invented_corpus

from nlp import Annotator, NlpSettings
from nlp.aims import AIMS
from nlp.cascade import START, Cascade, Turns, fit_gain, fit_share, fit_turns, mix
from nlp.evaluate_all import evaluate_all, full_report
from nlp.finetune import HeadSettings, train_heads
from nlp.fit_cascade import fit_cascade
from nlp.light import LightSettings
from nlp.pretrain import PretrainSettings, pretrain
from nlp.pretrain_data import prepare_texts
from nlp.qualities import compare_qualities
from nlp.train import TrainSettings, learned_outputs, train_light
from nlp.vocabulary import VocabularySettings

FIRST = np.array([[0.99, 0.01], [0.6, 0.4], [0.45, 0.55]])
SECOND = np.array([[0.9, 0.1], [0.1, 0.9], [0.05, 0.95]])


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder with a light model, an encoder that no head lacks, and their cascade."""
    folder, sources = invented_corpus(tmp_path_factory.mktemp("corpus"), inside="unlabelled")
    corpus = prepare_texts(folder, folder / "cache", seed=1, settings=VocabularySettings(rarest=1, pieces=60))
    pretrain(corpus, folder / "bare", PretrainSettings(layers=1, width=32, attention=2, tokens=1_000))
    settings = HeadSettings(rows=8_000, rate=5e-3, longest=32)
    train_heads(folder, folder / "bare", folder / "models" / "encoder", seed=1, settings=settings, sources=sources)
    steps = TrainSettings(steps=20, rate=2e-2, epsilon=1e-8, rows=(), other_rows=24)
    size = LightSettings(bits=12, width=8, hidden=8)
    light = folder / "models" / "light"
    train_light(folder, light, seed=3, settings=steps, size=size, sources=sources, card=False)
    report = fit_cascade(folder, light, folder / "models" / "encoder", seed=1, sources=sources)
    return folder, report


def test_a_light_model_learns_from_what_both_say(models, tmp_path):
    folder, _ = models
    sources = invented_corpus(tmp_path, inside="unlabelled")[1]
    table = pq.read_table(folder / "unlabelled" / "topic.parquet")
    pq.write_table(table.select(["text"]), tmp_path / "unlabelled" / "nus_sms_zh.parquet")
    said = {}
    for name, teacher in (("alone", None), ("taught", (folder / "models" / "light", folder / "models" / "encoder"))):
        settings = TrainSettings(steps=40, rate=2e-2, epsilon=1e-8, rows=(), other_rows=8, answers=500)
        size = LightSettings(bits=12, width=8, hidden=8)
        out = tmp_path / name / "light"
        train_light(tmp_path, out, seed=3, settings=settings, size=size, sources=sources, teacher=teacher, card=False)
        said[name] = np.array(
            Annotator(NlpSettings(encoder=str(out))).classify(table["text"].to_pylist())["topic_label"]
        )
    best = np.array(annotator(folder, "best").classify(table["text"].to_pylist())["topic_label"])
    assert (said["taught"] == best).mean() > (said["alone"] == best).mean()


def annotator(folder, quality):
    second = str(folder / "models" / "encoder")
    return Annotator(NlpSettings(encoder=str(folder / "models" / "light"), quality=quality, second=second))


def test_the_encoder_helps_a_light_model_that_knows_little(models):
    folder, report = models
    assert set(report) == set(learned_outputs())
    assert report["topic"]["share"] > 0
    assert report["topic"]["best"]["accuracy"] > report["topic"]["light"]["accuracy"]
    table = pq.read_table(folder / "unlabelled" / "topic.parquet")
    texts, expected = table["text"].to_pylist(), np.array(table["label"].to_pylist())
    right = {
        quality: (np.array(annotator(folder, quality).classify(texts)["topic_label"].to_pylist()) == expected).mean()
        for quality in ("fast", "balanced", "best")
    }
    assert right["best"] > right["fast"]
    assert right["balanced"] > right["fast"]


def test_the_version_of_an_annotation_names_both_models(models):
    folder, _ = models
    versions = {quality: annotator(folder, quality).version for quality in ("fast", "balanced", "best")}
    assert len(set(versions.values())) == 3
    assert versions["best"].startswith(versions["fast"])


def test_quality_without_a_fitted_cascade_says_what_to_do(models, tmp_path):
    folder, _ = models
    for path in (folder / "models" / "encoder").iterdir():
        if path.name != "cascade.json" and path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    settings = NlpSettings(encoder=str(folder / "models" / "light"), quality="best", second=str(tmp_path))
    with pytest.raises(FileNotFoundError, match="nuanqun train"):
        Annotator(settings)


def test_a_mixture_lies_between_its_parts():
    np.testing.assert_allclose(mix(FIRST, SECOND, 0.0), FIRST, atol=1e-5)
    np.testing.assert_allclose(mix(FIRST, SECOND, 1.0), SECOND, atol=1e-5)
    middle = mix(FIRST, SECOND, 0.5)
    assert ((middle >= np.minimum(FIRST, SECOND)) & (middle <= np.maximum(FIRST, SECOND))).all()


def test_only_rows_whose_label_may_turn_are_asked_about():
    turns = {"ads": Turns(1.0, 2.0, 1.0), "topic": Turns(20.0, 0.0, 1.0)}
    encoder = SimpleNamespace(max_tokens=64)
    cascade = Cascade(encoder, None, {"ads": 0.5, "topic": 0.0}, turns, 0.3 / (START + 1), "x")  # type: ignore[arg-type]
    said = {"ads": FIRST, "topic": SECOND}
    assert cascade.unsure(["在"] * 3, said).tolist() == [False, True, True]
    dear = cascade.unsure(["在" * 64] * 3, said)
    assert dear.sum() < 2, "the same doubt is worth less where the encoder must read more"
    assert cascade.unsure(["在" * 4_000] * 3, said).tolist() == dear.tolist(), "it reads 64 tokens at most"


def test_labels_turn_more_often_near_a_decision():
    rng = np.random.default_rng(0)
    first = rng.dirichlet([1, 1], 2_000)
    turns = fit_turns(first, mix(first, rng.dirichlet([1, 1], 2_000), 0.3), 0.5)
    near, far = turns.chance(np.array([[0.52, 0.48], [0.98, 0.02]]))
    assert near > 0.3 > 0.05 > far
    assert fit_turns(first, first, 0.0).chance(first).max() < 1e-6


def test_an_encoder_that_knows_more_gets_weight_and_one_that_guesses_none():
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=400)
    knows = np.where(np.eye(2)[label] > 0, 0.9, 0.1)
    guesses = np.full((400, 2), 0.5)
    even = np.full(400, 1 / 400)
    assert fit_share(guesses, knows, label, even) == 0.8
    assert fit_share(knows, 1 - knows, label, even) == 0.0
    wrong = np.where(np.arange(400)[:, None] < 100, 1 - knows, knows)
    assert fit_gain(wrong, knows, label, even) == pytest.approx(1.0)
    assert fit_gain(knows, wrong, label, even) == 0.0


def test_every_labelled_file_of_a_folder_is_scored(models, tmp_path):
    folder, _ = models
    (tmp_path / "toxicity").mkdir()
    rows = pq.read_table(folder / "unlabelled" / "toxicity.parquet")
    pq.write_table(rows, tmp_path / "toxicity" / "made_up.parquet")
    pq.write_table(pa.table({"other": [1]}), tmp_path / "toxicity" / "no_texts.parquet")
    (row,) = evaluate_all(tmp_path, annotator(folder, "fast"))
    assert (row["file"], row["task"], row["trained"], row["n"]) == (
        "toxicity/made_up.parquet",
        "toxicity",
        False,
        rows.num_rows,
    )
    low, high = row["ci95"]["accuracy"]
    assert low <= row["accuracy"] <= high
    json.dumps(row)
    with pytest.raises(FileNotFoundError, match="toxicity"):
        evaluate_all(tmp_path / "toxicity", annotator(folder, "fast"))


def test_every_aim_has_a_row_and_only_its_own_file_can_meet_it(models, tmp_path):
    folder, _ = models
    (tmp_path / "toxicity").mkdir()
    pq.write_table(pq.read_table(folder / "unlabelled" / "toxicity.parquet"), tmp_path / "toxicity" / "toxicn.parquet")
    report = full_report(tmp_path, annotator(folder, "fast"))
    rows = {row["file"]: row for row in report["aims"]}
    assert {aim.file for aim in AIMS} <= set(rows)
    assert rows["toxicn"]["ours"] == report["rows"][0]["accuracy"]
    assert rows["toxicn"]["met"] == (rows["toxicn"]["ours"] >= 0.7)
    assert rows["weibo2018"]["met"] is None
    assert "weibo2018" in rows["weibo2018"]["reason"]
    json.dumps(report)


def test_qualities_are_compared_on_the_same_rows(models, tmp_path):
    folder, _ = models
    (tmp_path / "topic").mkdir()
    pq.write_table(pq.read_table(folder / "unlabelled" / "topic.parquet"), tmp_path / "topic" / "made_up.parquet")
    (row,) = compare_qualities(tmp_path, annotator(folder, "fast").settings)
    assert row["best"]["agrees"] == 1.0
    assert row["best"]["loss"] == 0.0
    assert row["fast"]["loss"] >= row["balanced"]["loss"]
    assert 0 < row["asked"] <= 1
