import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from invented_labels import invented_corpus

from nlp import Annotator, NlpSettings
from nlp.cascade import Cascade, fit_output, mix
from nlp.evaluate_all import evaluate_all
from nlp.finetune import HeadSettings, train_heads
from nlp.fit_cascade import fit_cascade
from nlp.light import LightSettings
from nlp.pretrain import PretrainSettings, pretrain
from nlp.pretrain_data import prepare_texts
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


def annotator(folder, quality):
    second = str(folder / "models" / "encoder")
    return Annotator(NlpSettings(encoder=str(folder / "models" / "light"), quality=quality, second=second))


def test_the_encoder_helps_a_light_model_that_knows_little(models):
    folder, report = models
    assert set(report) == set(learned_outputs())
    assert report["topic"]["share"] > 0
    assert report["topic"]["mixture"]["accuracy"] > report["topic"]["light"]["accuracy"]
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


def test_only_the_unsure_rows_are_asked_about():
    cascade = Cascade(None, None, {"ads": 0.5, "topic": 0.0}, {"ads": 0.9, "topic": 0.99}, "x")  # type: ignore[arg-type]
    assert cascade.unsure({"ads": FIRST, "topic": SECOND}).tolist() == [False, True, True]


def test_an_encoder_that_knows_more_gets_weight_and_one_that_guesses_none():
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=400)
    knows = np.where(np.eye(2)[label] > 0, 0.9, 0.1)
    guesses = np.full((400, 2), 0.5)
    even = np.full(400, 1 / 400)
    assert fit_output(guesses, knows, label, even)[0] == 0.8
    assert fit_output(knows, 1 - knows, label, even) == (0.0, 0.0)


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
