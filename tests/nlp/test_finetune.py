import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from invented_labels import invented_corpus
from safetensors.numpy import load_file

from nlp import Annotator, NlpSettings, finetune
from nlp.evaluate import evaluate
from nlp.finetune import HeadSettings, train_heads
from nlp.pretrain import PretrainSettings, pretrain
from nlp.pretrain_data import prepare_texts
from nlp.train import learned_outputs
from nlp.vocabulary import VocabularySettings


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    folder, sources = invented_corpus(tmp_path_factory.mktemp("corpus"), inside="unlabelled")
    corpus = prepare_texts(folder, folder / "cache", seed=1, settings=VocabularySettings(rarest=1, pieces=60))
    size = PretrainSettings(layers=1, width=32, attention=2, tokens=1_000)
    pretrain(corpus, folder / "encoder", size)
    out = folder / "models" / "encoder"
    settings = HeadSettings(rows=16_000, rate=5e-3, longest=32)
    return out, train_heads(folder, folder / "encoder", out, seed=1, settings=settings, sources=sources), folder


def test_all_heads_learn_on_a_tiny_random_encoder(tuned):
    out, report, folder = tuned
    assert set(report) == {*learned_outputs(), "seconds"}
    annotator = Annotator(NlpSettings(encoder=str(out)))
    result = evaluate("topic", pq.read_table(folder / "unlabelled" / "topic.parquet"), annotator=annotator)
    assert result["accuracy"] > 0.8


def test_the_tuned_folder_is_a_hugging_face_encoder_and_in_the_manifest(tuned):
    from transformers import AutoModel, AutoTokenizer

    out, _, _ = tuned
    model = AutoModel.from_pretrained(out)
    tokens = AutoTokenizer.from_pretrained(out)(["苹果月亮"], return_tensors="pt")
    assert np.isfinite(model(**tokens).last_hidden_state.detach().float().numpy()).all()
    manifest = json.loads((out.parent / "manifest.json").read_text())
    assert {"encoder/model.safetensors", "encoder/heads.safetensors"} <= set(manifest)


def test_a_training_that_was_cut_goes_on_to_the_same_weights(tuned, tmp_path, monkeypatch):
    _, _, folder = tuned
    sources = invented_corpus(tmp_path, inside="unlabelled")[1]
    settings = HeadSettings(rows=20_000, batch=512, longest=16, checkpoint_minutes=0.0)

    def train(out):
        train_heads(folder, folder / "encoder", out, seed=2, settings=settings, sources=sources)
        return load_file(out / "heads.safetensors")

    whole = train(tmp_path / "whole")
    step, calls = finetune._step, []

    def cut(*arguments):
        calls.append(1)
        if len(calls) == 20:  # in the second pool of sixteen batches
            raise KeyboardInterrupt
        return step(*arguments)

    monkeypatch.setattr(finetune, "_step", cut)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "cut")
    assert (tmp_path / "cut" / "resume" / "state.json").is_file()
    calls.extend([1] * 20)
    resumed = train(tmp_path / "cut")
    for name, value in whole.items():
        np.testing.assert_allclose(resumed[name], value, atol=1e-5)
    assert not (tmp_path / "cut" / "resume").exists()
