"""The baseline of every number we publish: a linear SVM on character 1-3-grams, trained on the rows that we train on.

In: `Examples` of one output. Out: labels of texts. scikit-learn, TF-IDF with sublinear counts, C = 1, as in the
published baselines for the same files. Example: `CharacterSvm.fit(examples, seed=1).predict("topic", texts)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from nlp.normalize import normalize_texts
from nlp.training_data import Examples

MOST_TRAINING = 60_000
"""Training rows, drawn by the weights of the sources, as the models draw theirs."""
CUT = 400
"""Characters of a text that are read."""


@dataclass(frozen=True, slots=True)
class CharacterSvm:
    """A fitted SVM of one output."""

    vectorizer: TfidfVectorizer
    model: LinearSVC
    classes: tuple[str, ...]

    @classmethod
    def fit(cls, examples: Examples, *, seed: int) -> CharacterSvm:
        """Train on the training side of the examples."""
        rng = np.random.default_rng(seed)
        weight = np.where(examples.dev, 0.0, examples.weight)
        size = min(MOST_TRAINING, int((weight > 0).sum()))
        rows = rng.choice(len(weight), size, replace=False, p=weight / weight.sum())
        vectorizer = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, max_features=400_000
        )
        matrix = vectorizer.fit_transform(_read([examples.texts[i] for i in rows]))
        return cls(vectorizer, LinearSVC(C=1.0).fit(matrix, examples.label[rows]), examples.classes)

    def predict(self, texts: Sequence[str], *, polar: bool = False) -> list[str]:
        """Labels of the texts; `polar` = sentiment without neutral."""
        margins: Any = self.model.decision_function(self.vectorizer.transform(_read(texts)))
        if margins.ndim == 1:
            margins = np.column_stack([-margins, margins])
        known = self.model.classes_.tolist()
        if polar:
            positive, negative = (known.index(self.classes.index(name)) for name in ("positive", "negative"))
            return np.where(margins[:, positive] >= margins[:, negative], "positive", "negative").tolist()
        return [self.classes[known[i]] for i in margins.argmax(axis=1).tolist()]


def _read(texts: Sequence[str]) -> list[str]:
    return normalize_texts([text[:CUT] for text in texts]).texts
