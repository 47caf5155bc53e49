"""Depth is counted as a parser would count it, however the bytes come."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import BrokenExport
from ingest.shallow import DEEPEST, Shallow

VALUES = st.recursive(
    st.none() | st.integers() | st.text('"\\[]{}a好\n'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('"\\[]{}b', max_size=4), inner, max_size=4),
    max_leaves=30,
)


def through(data: bytes, block: int) -> bytes:
    stream, out = Shallow(io.BytesIO(data)), b""
    while piece := stream.read(block):
        out += piece
    return out


@given(VALUES, st.integers(1, 40), st.booleans())
def test_what_is_shallow_passes_unchanged(value: Any, block: int, ascii_only: bool):
    data = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert through(data, block) == data


OPENINGS = {'[{"a": [1, "]}{[", ': 3, "[": 1, '{"k[": ': 1}
"""What opens values, and how many of them."""


@given(st.integers(1, 2 * DEEPEST), st.integers(1, 5000), st.sampled_from(sorted(OPENINGS)), VALUES)
def test_depth_is_refused_exactly_where_it_lies(depth: int, block: int, opening: str, before: Any):
    data = (f"[{json.dumps(before)}, " + opening * depth).encode()
    if 1 + depth * OPENINGS[opening] > DEEPEST:
        with pytest.raises(BrokenExport, match="nested"):
            through(data, block)
    else:
        assert through(data, block) == data


def test_what_closes_again_is_refused_too():
    with pytest.raises(BrokenExport):
        through(b"[" * 300 + b"]" * 300, 1000)
