"""docs/formats.md says what the formats are."""

from __future__ import annotations

from ingest.format_docs import PATH, render
from ingest.formats import formats


def test_the_document_is_fresh() -> None:
    assert PATH.read_text(encoding="utf-8") == render(), "run: python -m ingest.format_docs"


def test_every_format_tells_people_how_to_make_it() -> None:
    for fmt in formats().values():
        assert fmt.how_to_export, fmt.id
        assert fmt.title, fmt.id
        assert f"`{fmt.id}`" in render()
