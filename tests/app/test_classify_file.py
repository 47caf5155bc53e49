"""`nuanqun classify` on any file: rows and columns kept, offsets inside the text, same answer however it is cut."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nlp import annotate
from nlp.heads import heads
from nlp.settings import NlpSettings
from nuanqun.files import classify_file

HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(st.sampled_from("加薇❤️信ａｂ１２①🅰️͇ \u200b\u202e\u202c\x00\x01שלمر👨‍👩‍👧💰￥\n号群私聊领券"), max_size=60),
    st.sampled_from(["看这里 http://a.example/x1", "www.b.example", "c.com", "复制这段", "打开口令"]),
    st.sampled_from(["", " \n", "👍👍", "\u202e\u202c", "\x00\x07", "字" * 10_000, "加微信abc12345 " * 700]),
    st.none(),
)


def classified(texts: list[str | None], batch_rows: int) -> pa.Table:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.parquet", Path(folder) / "out.parquet"
        pq.write_table(pa.table({"id": range(len(texts)), "said": pa.array(texts, pa.string())}), source)
        assert classify_file(source, target, column="said", settings=NlpSettings(), batch_rows=batch_rows) == len(texts)
        return pq.read_table(target)


@settings(max_examples=25)
@given(st.lists(HOSTILE, min_size=1, max_size=12), st.integers(1, 5))
@example(["", None, "字" * 10_000, "👍", "\u202e反\u202c", "加v：ａｂｃ１２３４５ 领🧧"], 2)
@example(
    ["看这里 http://a.example/x1", "兼职日结 加微信abc12345", "复制这段", "打开"], 1
)  # a link took the next row's words
def test_every_row_is_answered_with_offsets_inside_its_text_whatever_the_batches(texts, batch_rows):
    whole, cut = classified(texts, 0), classified(texts, batch_rows)
    assert whole.select(["id", "said"]).to_pydict() == {"id": list(range(len(texts))), "said": texts}
    for name in whole.column_names:
        if pa.types.is_floating(whole[name].type):  # sums of floats depend on how many rows are multiplied at once
            np.testing.assert_allclose(whole[name].to_numpy(), cut[name].to_numpy(), atol=1e-5)
        else:
            assert whole[name].to_pylist() == cut[name].to_pylist(), name
    assert whole.equals(classified(texts, 0))
    for head in heads().values():
        assert set(whole[f"{head.name}_label"].to_pylist()) <= set(head.labels)
        for text, spans in zip(texts, whole[f"{head.name}_evidence"].to_pylist(), strict=True):
            assert all(0 <= span["start"] < span["end"] <= len(text or "") for span in spans)


@given(st.lists(st.integers(0, 3_000), max_size=60), st.integers(1, 9), st.integers(1, 4_000))
def test_chunks_cover_every_text_once_and_stay_within_their_bounds(lengths, most, characters):
    before = annotate.CHUNK, annotate.CHUNK_CHARS
    annotate.CHUNK, annotate.CHUNK_CHARS = most, characters
    try:
        found = list(annotate.chunks(["字" * n for n in lengths], 1_000))
    finally:
        annotate.CHUNK, annotate.CHUNK_CHARS = before
    assert [i for first, end in found for i in range(first, end)] == list(range(len(lengths)))
    for first, end in found:
        assert end - first <= most
        assert end - first == 1 or sum(min(n, 1_000) for n in lengths[first:end]) <= characters
