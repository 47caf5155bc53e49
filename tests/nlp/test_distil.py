"""Learning from the slow quality's answers, and what two data sets both hold."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from torch import nn

from nlp.deduplicate import rows_to_keep
from nlp.distil import Answers, answers_loss, sample_texts

SHOPPING = ["加微信领优惠券全场五折起", "加V 领优惠券，全场五折起！！", "下周三一起去爬山的报个名"]


def test_a_text_that_two_sources_hold_is_learned_once_and_from_the_first():
    source = np.array([0, 1, 1])
    assert rows_to_keep(SHOPPING, source, np.zeros(3, bool)).tolist() == [True, False, True]
    assert rows_to_keep(SHOPPING, 1 - source, np.zeros(3, bool)).tolist() == [False, True, True]


def test_repetition_inside_one_source_stays():
    assert rows_to_keep(SHOPPING, np.zeros(3, int), np.zeros(3, bool)).all()


def test_nothing_like_a_dev_row_is_trained_on_and_every_dev_row_stays():
    source, dev = np.array([0, 1, 1]), np.array([False, True, True])
    assert rows_to_keep(SHOPPING, source, dev).tolist() == [False, True, True]


def test_no_rows_are_no_trouble():
    assert rows_to_keep([], np.zeros(0, int), np.zeros(0, bool)).tolist() == []


def test_the_loss_is_least_where_the_pupil_says_what_the_teacher_said():
    layers = nn.ModuleDict({"topic": nn.Linear(2, 2)})
    given = Answers(["a"], {"topic": np.zeros((1, 0), np.float32)}, {"topic": np.array([[0.8, 0.2]], np.float16)})
    layer = layers["topic"]
    assert isinstance(layer, nn.Linear)
    found = {}
    for odds in (0.0, float(np.log(4)), 4.0):
        with torch.no_grad():
            layer.weight.zero_()
            layer.bias.copy_(torch.tensor([odds, 0.0]))
        found[odds] = answers_loss(layers, torch.zeros(1, 2), given, np.array([0])).item()
    assert min(found, key=found.__getitem__) == float(np.log(4))


def test_texts_are_drawn_from_the_training_side_once_each(tmp_path):
    (tmp_path / "unlabelled").mkdir()
    texts = [f"第{i}句没有标签的闲话{chr(0x4E00 + i)}" for i in range(300)] * 2 + [None]
    pq.write_table(pa.table({"text": texts}), tmp_path / "unlabelled" / "nus_sms_zh.parquet")
    drawn = sample_texts(tmp_path, 1_000, seed=1)
    assert drawn == sample_texts(tmp_path, 1_000, seed=1) != sample_texts(tmp_path, 1_000, seed=2)
    assert len(drawn) == len(set(drawn)) > 50
    with pytest.raises(FileNotFoundError, match="unlabelled"):
        sample_texts(tmp_path / "nowhere", 10, seed=1)
