"""Personal data is found by pattern and checksum."""

from __future__ import annotations

import pytest
from fuzz import time_limit
from hypothesis import given
from hypothesis import strategies as st

from ingest import find_personal, mask
from ingest.redact import is_bank_card, is_id_card

ID_CARD = "11010519491231002X"  # the worked example of GB 11643-1999
CARD = "4111111111111111"  # the test number of the payment networks


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("打13812345678找我", "打[phone 11]找我"),
        ("+86 138-1234-5678", "[phone 17]"),
        ("座机 010-12345678。", "座机 [phone 12]。"),
        (f"证号{ID_CARD}", "证号[id_card 18]"),
        (f"卡 {CARD}", "卡 [bank_card 16]"),
        ("a.b@mail.example", "[email 16]"),
        ("李@a.b@mail.example", "李@[email 16]"),
        ("a@mail.example+b@mail.example", "[email 29]"),
        ("车牌京A12345停着", "车牌[plate 7]停着"),
        ("沪AD12345", "[plate 8]"),
        ("送到3栋2单元501室", "送到[address 9]"),
        ("订单号 20240301123456", "订单号 20240301123456"),
        ("版本 1.2.3，群里 500 人", "版本 1.2.3，群里 500 人"),
        ("没有数字", "没有数字"),
    ],
)
def test_masking(text, masked):
    assert mask(text) == masked


def test_street_addresses_are_masked():
    assert "中山路" not in mask("寄到杭州市西湖区中山路12号3栋501室，谢谢")


def test_checksums_decide():
    assert is_id_card(ID_CARD)
    assert not is_id_card(ID_CARD[:-1] + "1")
    assert is_bank_card(CARD)
    assert not is_bank_card(CARD[:-1] + "2")


@given(st.text(st.sampled_from("0123456789 -@.aX京A号路栋x")))
def test_spans_lie_in_the_text_without_overlap(text):
    found = find_personal(text)
    assert all(0 <= piece.start < piece.end <= len(text) for piece in found)
    assert all(one.end <= two.start for one, two in zip(found, found[1:], strict=False))
    mask(text)


@pytest.mark.parametrize("letter", ["0", "a", ".", "+", "-", " ", "路", "号", "1 "])
@pytest.mark.parametrize("around", ["{}@", "@{}", "a@{}", "路{}1号", "+{}1", "京A{}"])
def test_a_long_run_of_one_letter_is_read_at_once(letter, around):
    text = around.format(letter * 200_000) + " a@b.example 13812345678"
    with time_limit():
        assert "[phone 11]" in mask(text)
