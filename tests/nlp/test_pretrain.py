import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.encoder import load_encoder
from nlp.normalize import normalize_texts
from nlp.pretrain import PretrainSettings, hide, pretrain
from nlp.pretrain_data import prepare_texts
from nlp.vocabulary import LINK, CharacterTable, VocabularySettings, train_tokenizer

PHRASES = (
    "今天下雨了",
    "明天一起吃饭吧[哈哈]",
    "谁有 iphone 充电线",
    "看看 https://a.example/b?c=1 这个",
    "hello world",
)
TINY = PretrainSettings(layers=1, width=16, attention=2, batch=256, tokens=30_000, rate=1e-2, vector_rate=1e-2)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    (data / "unlabelled").mkdir()
    texts = ["".join(rng.choice(PHRASES, 2)) + str(i) for i in range(1_000)]
    pq.write_table(pa.table({"text": texts}), data / "unlabelled" / "talk.parquet")
    return prepare_texts(data, data / "cache", seed=1, settings=VocabularySettings(pieces=60))


@given(
    st.lists(st.text(max_size=30) | st.sampled_from(PHRASES) | st.sampled_from(["[[哈哈]", "xhttp://a", "a1b\t[链接]"]))
)
@settings(max_examples=60, deadline=None)
def test_the_character_table_gives_the_ids_and_spans_of_the_tokenizer(corpus, texts):
    texts = normalize_texts(texts).texts
    tokens = CharacterTable(corpus.tokenizer).tokens(texts)
    assert len(tokens.offsets) == len(texts) + 1
    for row, text in enumerate(texts):
        mine = slice(tokens.offsets[row], tokens.offsets[row + 1])
        expected = corpus.tokenizer(text, return_offsets_mapping=True)
        assert tokens.ids[mine].tolist() == expected["input_ids"]
        assert [*zip(tokens.starts[mine], tokens.ends[mine], strict=True)] == expected["offset_mapping"]


def test_links_and_emoticons_are_one_token(corpus):
    pieces = corpus.tokenizer.tokenize("看https://a.example/x?y [哈哈]好hello")
    assert pieces[:3] == ["看", LINK, "[哈哈]"]
    assert "".join(pieces[4:]).replace("##", "") == "hello"


def test_pre_training_learns_and_goes_on_where_it_stopped(corpus, tmp_path):
    half = PretrainSettings(**{**as_dict(TINY), "tokens": 15_000})
    start = pretrain(corpus, tmp_path / "none", PretrainSettings(**{**as_dict(TINY), "tokens": 300}))
    first = pretrain(corpus, tmp_path / "encoder", half)
    whole = pretrain(corpus, tmp_path / "encoder", TINY)
    assert first["loss"] < start["loss"]
    assert whole["loss"] < first["loss"]
    assert whole["tokens"] >= 30_000 > first["tokens"] >= 15_000
    encoder = load_encoder(str(tmp_path / "encoder"))
    assert np.isfinite(encoder.encode(["今天下雨", ""])).all()


def test_about_a_third_of_the_tokens_is_hidden_and_never_padding(corpus):
    pad, start = corpus.tokenizer.pad_token_id, corpus.tokenizer.cls_token_id
    batch = np.full((50, 20), 40)
    batch[:, 0], batch[:, 15:] = start, pad
    seen, chosen = hide(batch, corpus, TINY, np.random.default_rng(0))
    assert 0.2 < chosen[:, 1:15].mean() < 0.4
    assert not chosen[:, 0].any() and not chosen[:, 15:].any()
    assert (seen[~chosen] == batch[~chosen]).all()


def test_a_folder_without_texts_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected Parquet files with a text column"):
        prepare_texts(tmp_path, tmp_path / "cache", seed=1)


def test_rare_characters_are_no_tokens():
    tokenizer = train_tokenizer(["常常常"] * 20 + ["龘"], VocabularySettings(pieces=60))
    assert tokenizer.tokenize("常龘") == ["常", "[UNK]"]


def as_dict(values):
    return {name: getattr(values, name) for name in values.__dataclass_fields__}
