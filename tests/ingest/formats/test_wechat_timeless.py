"""What holds no times is refused with a reason and advice, whatever its extension."""

from __future__ import annotations

import json

import pytest

from ingest import BrokenExport, Source, read_export

AI_TEXT = "********************2023-05-06********************\n苦瓜:浇水了吗 浇了 小雨:够了 \n"
PAIRS = json.dumps([{"conversations": [{"role": "user", "content": "在吗"}, {"role": "assistant", "content": "在"}]}])
COPIED = "苦瓜:\n浇水了吗\n\n小雨:\n够了\n\n老周:\n收菜\n\n苦瓜:\n好\n\n"


@pytest.mark.parametrize(("data", "words"), [(AI_TEXT, "AI txt"), (PAIRS, "training pairs"), (COPIED, "no times")])
def test_refused_with_reason_and_advice(data, words):
    with pytest.raises(BrokenExport, match=words) as caught:
        list(read_export(Source.of_bytes(data.encode(), "记录.txt")))
    assert "CSV" in caught.value.hint
