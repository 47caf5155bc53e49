import json

import numpy as np
import pytest
import torch

from nlp.encoder import TransformersEncoder, encoder_folder, load_encoder
from nlp.light import LightEncoder, LightSettings, LightWeights, hash_grams, save_light
from nlp.light_net import LightNet, weights_of

TEXTS = ["你好", "", "加微信abc12345", "今天天气真好" * 20, "👍"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"你好加微信今天气真abc12345"]


@pytest.fixture(scope="module")
def bert_folder(tmp_path_factory):
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-bert")
    (folder / "vocab.txt").write_text("\n".join(WORDS), encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(folder, safe_serialization=True)
    BertTokenizerFast(vocab={word: i for i, word in enumerate(WORDS)}).save_pretrained(folder)
    return folder


@pytest.fixture(params=["light", "transformers"])
def encoder(request, bert_folder, tmp_path):
    if request.param == "transformers":
        return load_encoder(str(bert_folder), batch_size=2)
    size = LightSettings(bits=10, width=8, hidden=8)
    save_light(LightEncoder(size, weights_of(LightNet(size))), tmp_path / "light")
    return load_encoder(str(tmp_path / "light"))


def test_an_encoder_gives_one_vector_a_text_whatever_the_company(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dim)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(vectors, alone, atol=1e-5)
    np.testing.assert_array_equal(encoder.encode(TEXTS), vectors)


def test_attributions_have_one_number_a_character(encoder):
    directions = np.ones((len(TEXTS), encoder.dim), np.float32)
    scores = encoder.attribute(TEXTS, directions)
    assert scores.shape == (sum(map(len, TEXTS)),)
    assert np.isfinite(scores).all()
    assert np.abs(scores).max() > 0


def test_the_light_attribution_names_the_character_that_matters():
    rng = np.random.default_rng(0)
    weights = LightWeights(np.zeros((1 << 12, 4), np.float32), rng.normal(size=(4, 4)), np.zeros(4))
    encoder = LightEncoder(LightSettings(bits=12, width=4, hidden=4), weights)
    weights.bag[encoder.grams(["群"]).bucket] = 1.0
    direction = np.concatenate([np.ones(4), np.zeros(4)])[None].astype(np.float32)
    assert encoder.attribute(["大家的群在哪"], direction).argmax() == 3


def test_labels_come_from_the_network_that_was_trained():
    size = LightSettings(bits=8, width=5, hidden=7)
    net = LightNet(size)
    encoder = LightEncoder(size, weights_of(net))
    grams = encoder.grams(TEXTS)
    vectors = net(torch.from_numpy(grams.bucket), torch.from_numpy(grams.offsets))
    np.testing.assert_allclose(encoder.encode(TEXTS), vectors.detach().numpy(), atol=1e-5)
    # Gradient times input, by autograd: every n-gram's share is spread evenly over its characters.
    directions = np.random.default_rng(0).normal(size=vectors.shape).astype(np.float32)
    counts = np.diff(grams.offsets, append=len(grams.bucket))
    expected = np.zeros(sum(map(len, TEXTS)) + 1)
    for row, (start, count) in enumerate(zip(grams.offsets, counts, strict=True)):
        alone = LightNet(size)
        alone.load_state_dict(net.state_dict())
        out = alone(torch.from_numpy(grams.bucket[start : start + count]), torch.tensor([0]))
        (out * torch.from_numpy(directions[row])).sum().backward()
        assert alone.bag.weight.grad is not None
        times = np.bincount(grams.bucket[start : start + count], minlength=1 << size.bits).clip(1)
        gradient = alone.bag.weight.grad.numpy() / times[:, None]  # of one occurrence
        bag = alone.bag.weight.detach().numpy()
        for gram in range(start, start + count):
            bucket, length = grams.bucket[gram], grams.length[gram]
            for k in range(length):
                expected[grams.character[grams.place[gram] + k]] += gradient[bucket] @ bag[bucket] / length
    np.testing.assert_allclose(encoder.attribute(TEXTS, directions), expected[:-1], atol=1e-4)


def test_grams_of_a_text_do_not_depend_on_its_neighbours():
    many = hash_grams(["ab", "", "abc"], bits=16, longest=3)
    ends = np.append(many.offsets[1:], len(many.bucket))
    for text, start, end in zip(["ab", "", "abc"], many.offsets, ends, strict=True):
        assert sorted(hash_grams([text], bits=16, longest=3).bucket) == sorted(many.bucket[start:end])


def test_all_account_numbers_look_alike():
    first, second = hash_grams(["微信12345", "微信90871"], bits=17, longest=3).bucket.reshape(2, -1)
    assert sorted(first) == sorted(second)


def test_the_transformers_version_names_its_weights(bert_folder):
    assert TransformersEncoder.load(bert_folder).version.startswith(bert_folder.name + "-")


def test_a_missing_encoder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere.*config\.json"):
        encoder_folder("nowhere")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "nuanqun-light"}))
    assert encoder_folder(str(tmp_path)) == tmp_path
