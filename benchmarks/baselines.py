"""Our models and the character SVM on sources that none of them saw: one JSON.

Each fold (nlp/model_card.py) leaves whole sources out; the light model and a linear SVM on character 1-3-grams
(scikit-learn; TF-IDF, C = 1) are trained on the same rows and scored on the same rows of the left-out sources. With
`--pretrained` (what `nuanqun train encoder` writes) an encoder is tuned without the fold's sources too, and its weight
beside the light model is fitted on the dev sides of other sources.
Usage: python benchmarks/baselines.py DATA [--fold 0] [--pretrained FOLDER | --encoder FOLDER] > baselines.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.annotate import Annotator
from nlp.character_svm import CharacterSvm
from nlp.deduplicate import without_duplicates
from nlp.evaluate import predict, score
from nlp.finetune import HeadSettings, train_heads
from nlp.fit_cascade import fit_cascade
from nlp.model_card import FOLDS, MOST_ROWS, TASK_OF
from nlp.settings import NlpSettings
from nlp.train import learned_outputs, train_light
from nlp.training_data import SOURCES, Examples, load_examples


def fold_rows(
    annotators: Mapping[str, Annotator], examples: Mapping[str, Examples], fold: Sequence[str], seed: int
) -> list[dict[str, Any]]:
    """One row a left-out source: scores of every model on the same rows."""
    result, rng = [], np.random.default_rng(0)
    for output, task in TASK_OF.items():
        found, svm = examples[output], None
        for index, name in enumerate(found.names):
            mine = rng.permutation(np.flatnonzero(found.dev & (found.source == index)))[:MOST_ROWS]
            if not set(fold) & set(name.split("+")) or len(mine) < 50:
                continue
            svm = svm or CharacterSvm.fit(found, seed=seed)
            texts, expected = [found.texts[i] for i in mine], [found.classes[i] for i in found.label[mine]]
            polar = task == "sentiment" and "neutral" not in expected
            said = {who: predict(task, texts, one, polar=polar) for who, one in annotators.items()}
            said["svm"] = svm.predict(texts, polar=polar)
            scores = {who: score(task, expected, labels) for who, labels in said.items()}
            for one in scores.values():
                one.pop("labels")
            result.append({"task": task, "source": name, "n": len(mine), **scores})
            print(json.dumps(result[-1], ensure_ascii=False), file=sys.stderr)
    return result


def tuned_encoder(options: argparse.Namespace, light: Path, fold: Sequence[str], out: Path) -> Path:
    """Tune the pre-trained encoder without the fold's sources, fit its cascade without them; the folder of both."""
    settings = HeadSettings(rows=options.rows)
    train_heads(options.data, options.pretrained, out, seed=options.seed, leave_out=fold, settings=settings)
    known = tuple(source for source in SOURCES if not source.among(fold))
    fit_cascade(options.data, light, out, seed=options.seed, sources=known)
    return out


def main() -> None:
    """Train, score and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--fold", type=int, choices=range(len(FOLDS)), action="append")
    parser.add_argument("--light", type=Path, help="light model trained without the one fold (else it is trained)")
    encoders = parser.add_mutually_exclusive_group()
    encoders.add_argument("--encoder", type=Path, help="tuned encoder trained without the one fold, with its cascade")
    encoders.add_argument("--pretrained", type=Path, help="pre-trained encoder, tuned here without each fold's sources")
    parser.add_argument("--rows", type=int, default=250_000, help="rows that tune it")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = []
    for number in options.fold or range(len(FOLDS)):
        fold = FOLDS[number]
        with tempfile.TemporaryDirectory() as folder:
            light = options.light or Path(folder) / "light"
            if not options.light:
                train_light(options.data, light, seed=options.seed, leave_out=fold, card=False)
            encoder = options.encoder
            if options.pretrained:
                encoder = tuned_encoder(options, light, fold, Path(folder) / "encoder")
            annotators = {"light": Annotator(NlpSettings(encoder=str(light), quality="fast"))}
            if encoder:
                best = NlpSettings(encoder=str(light), quality="best", second=str(encoder))
                annotators |= {"encoder": Annotator(NlpSettings(encoder=str(encoder))), "both": Annotator(best)}
            examples = load_examples(options.data, learned_outputs(), seed=options.seed, leave_out=fold)
            examples = {name: without_duplicates(found) for name, found in examples.items()}  # as the trainer does
            rows += [{"fold": number, **row} for row in fold_rows(annotators, examples, fold, options.seed)]
    json.dump({"benchmark": "baselines", "seed": options.seed, "rows": rows}, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
