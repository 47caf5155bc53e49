import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.disguise import reveal
from nlp.normalize import normalize, normalize_texts

KNOWN = {
    "ＡＢＣ１２３": "abc123",
    "𝐕𝐗：𝟏𝟐𝟑": "微信:123",
    "①②③⑩": "12310",
    "⑴⑵": "12",
    "1️⃣3️⃣8️⃣": "138",
    "🅰🅱": "ab",
    "資本論和電腦": "资本论和电脑",
    "加\u200b微\u200d信\ufeff": "加微信",
    "免\u0347费\u0347": "免费",
    "\u202e右\u202c": "右",
    "v\u0301x": "微信",
    "第一行\n第二行\t。": "第一行 第二行 。",
    "㎏": "kg",
    "": "",
}

DISGUISED = {
    "加薇信 abc12345": "加微信 abc12345",
    "➕V 看朋友圈": "加微信 看朋友圈",
    "佳喂：wxid_99aa": "加微信:wxid_99aa",
    "加薇❤信领取": "加微信领取",
    "微.信同号": "微信同号",
    "卫星：abc12345": "微信:abc12345",
    "亻言用卡": "信用卡",
    "进扣扣裙123456789": "进qq群123456789",
    "企鹅号12345678": "qq号12345678",
    "嘉君羊领资料": "加群领资料",
    "q：12345678": "qq:12345678",
    "微信一三八零零一二三四五六": "微信13800123456",
    "电话 1 3 8-0 0 0 0": "电话 1380000",
    "兼耳只": "兼职",
}

HARMLESS = [
    "卫星发射成功了,他很有威信",
    "企鹅真可爱",
    "加维生素c",
    "裙子很好看",
    "三个苹果两个梨,一共五六斤",
    "我家在嘉兴,佳佳也在",
    "1+1=2",
    "他喂了猫",
]


@pytest.mark.parametrize(("raw", "plain"), KNOWN.items())
def test_normalize_known_answers(raw, plain):
    assert normalize(raw) == plain


@pytest.mark.parametrize(("raw", "plain"), DISGUISED.items())
def test_disguised_contact_words_are_revealed(raw, plain):
    assert normalize(raw) == plain


@pytest.mark.parametrize("text", HARMLESS)
def test_the_same_characters_without_a_contact_stay(text):
    assert reveal(text) == text
    assert normalize(text) == text


def test_batches_do_not_leak_from_row_to_row():
    texts = ["加", "薇信 abc12345", "", "一二三四五六", "➕", "v\n"]
    assert normalize_texts(texts).texts == [normalize(text) for text in texts]


def test_a_span_points_at_the_disguise_in_the_original():
    raw = "快来➕薇❤信：ＡＢＣ１２３ 领取"
    batch = normalize_texts(["前一行", raw])
    plain = batch.texts[1]
    start, end = batch.span(1, plain.index("微信"), plain.index("微信") + 2)
    assert raw[start:end] == "薇❤信"
    start, end = batch.span(1, plain.index("abc"), plain.index("abc") + 6)
    assert raw[start:end] == "ＡＢＣ１２３"


def test_an_empty_span_is_refused():
    with pytest.raises(ValueError, match="empty"):
        normalize_texts(["abc"]).span(0, 1, 1)


PIECES = st.sampled_from(["加", "➕", "薇", "❤", "信", "v", "x", "qq", "扣扣", "裙", "君羊", "亻言", "一三八", "12345", "⑩", " ", "\u200b", "㎏", "資", "\n"])  # fmt: skip
TEXTS = st.lists(st.one_of(st.text(max_size=12), st.lists(PIECES, max_size=12).map("".join)), max_size=6)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_offsets_lie_in_the_original_and_never_go_back(texts):
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    batch = normalize_texts(texts)
    assert len(batch.texts) == len(texts)
    for row, (raw, plain) in enumerate(zip(texts, batch.texts, strict=True)):
        spans = [batch.span(row, i, i + 1) for i in range(len(plain))]
        assert all(0 <= start < end <= len(raw) for start, end in spans)
        assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in zip(spans, spans[1:], strict=False))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_plain_text_is_a_fixed_point_of_the_tables(text):
    once = normalize(text.encode("utf-8", "replace").decode())
    assert "\0" not in once
    assert normalize(once).replace(" ", "") == normalize(normalize(once)).replace(" ", "")


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.data())
def test_a_text_in_a_batch_is_what_it_is_alone(texts, data):
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    batch = normalize_texts(texts)
    assert batch.texts == [normalize(text) for text in texts]
    rows = sorted(data.draw(st.sets(st.sampled_from(range(len(texts))))) if texts else [])
    taken, alone = batch.take(np.array(rows, np.int64)), normalize_texts([texts[row] for row in rows])
    assert taken.texts == alone.texts
    for name in ("codes", "bounds", "starts", "ends"):
        assert np.array_equal(getattr(taken, name), getattr(alone, name)), name
