"""One model of this workspace: corrections by head over what the shipped models say.

In: texts and ANNOTATIONS of the same rows. Out: the same rows as the corrections want them. Which models there are and
which is in use: nuanqun/own_models.py. Example: `OwnModel().apply(messages["text"], annotations, base)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import pyarrow as pa

from nlp.correction import Correction, correct

LONGEST_VERSION = 80
"""Characters that the catalogue keeps of a version."""


@dataclass(frozen=True, slots=True)
class OwnModel:
    """Corrections by head over the models named `base`; number 0 corrects nothing."""

    number: int = 0
    base: str = ""
    heads: Mapping[str, Correction] = field(default_factory=dict)
    digest: str = ""

    def fits(self, base: str) -> bool:
        """Whether it was made over these shipped models; over others its numbers mean nothing."""
        return not self.heads or self.base == base

    def apply(self, texts: pa.ChunkedArray, annotations: pa.Table, base: str) -> pa.Table:
        """The annotations under this model, unchanged where it does not fit the models that made them."""
        return correct(self.heads, texts, annotations) if self.heads and self.fits(base) else annotations

    def version(self, base: str) -> str:
        """What to put behind the shipped models' version: "" where nothing is corrected."""
        return f"+model-{self.number}-{self.digest}" if self.heads and self.fits(base) else ""


def full_version(base: str, *further: str) -> str:
    """The version of shipped models, own model and own words, cut to a digest where the catalogue has no room."""
    whole = base + "".join(further)
    if len(whole) <= LONGEST_VERSION:
        return whole
    digest = blake2b(base.encode(), digest_size=8).hexdigest()
    return f"{base.split('-', 1)[0]}-{digest}" + "".join(further)
