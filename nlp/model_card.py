"""The model card: every number in it is measured by this file, on texts the model was not trained on.

In: a trained model folder and the data folder. Out: MODEL_CARD.md with scores on the dev side of every source,
scores on sources left out of training, false positives on ordinary chat, and speed.
Example: `write_card(Path("models/light"), Path("data-folder"), report)`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest import IngestSettings, Source, find_sources, read_export
from nlp.annotate import Annotator
from nlp.character_svm import CharacterSvm
from nlp.evaluate import predict, score
from nlp.settings import NlpSettings
from nlp.training_data import SOURCES, Examples, dev_side, load_examples

TASK_OF = {"ads": "ads", "polarity": "sentiment", "emotion": "emotion", "topic": "topic", "toxicity": "toxicity",
           "question": "question"}  # fmt: skip
FOLDS: tuple[tuple[str, ...], ...] = (
    ("tg_spam", "waimai_10k", "smp2020_virus", "swsr_comment", "lcqmc_questions"),
    ("web_comment_ad", "qq_group_campus_ad", "smp2020_usual", "online_shopping_10_cats", "nlpcc2013_emotion"),
    ("game_ads_clean", "fission_token_forward", "fbs_sms", "xs_conversation", "covid_weibo_6", "weibo_8_emotions"),
)
"""Sources left out of training together, to be judged on as strangers."""
CHAT = ("nus_sms_zh", "lccc_base_valid_test", "qq_group_zju_2016", "cantonese_hkcancor_cv", "subtitle_dgk_lost")
MOST_ROWS = 4_000
"""Most rows of one source that are scored, drawn at random."""


def dev_scores(
    annotator: Annotator, examples: Mapping[str, Examples], only: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """One row a source: the head's scores on the dev side (of the sources named in `only`, if any)."""
    rng = np.random.default_rng(0)
    rows = []
    for output, task in TASK_OF.items():
        found = examples[output]
        for index, name in enumerate(found.names):
            if only and not set(only) & set(name.split("+")):
                continue
            mine = rng.permutation(np.flatnonzero(found.dev & (found.source == index)))[:MOST_ROWS]
            expected = [found.classes[i] for i in found.label[mine]]
            if len(mine) < 50 or (len(set(expected)) < 2 and task not in ("ads", "question")):
                continue
            polar = task == "sentiment" and "neutral" not in expected
            said = predict(task, [found.texts[i] for i in mine], annotator, polar=polar)
            scores = score(task, expected, said)
            if len(set(expected)) < 2:  # of one label only the share that got it means something
                scores = {"accuracy": scores["accuracy"], "ci95": scores["ci95"]}
            rows.append({"task": task, "source": name, "n": len(mine), **scores})
    return rows


def cross_source_scores(data: Path, *, seed: int) -> list[dict[str, Any]]:
    """Train once for each of FOLDS without its sources, and score the model on them."""
    from nlp.train import learned_outputs, train_light

    rows = []
    for fold in FOLDS:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "light"
            train_light(data, out, seed=seed, leave_out=fold, card=False)
            examples = load_examples(data, learned_outputs(), seed=seed, leave_out=fold)
            rows += dev_scores(Annotator(NlpSettings(encoder=str(out))), examples, only=fold)
    return rows


def false_positives(annotator: Annotator, data: Path, svm: CharacterSvm | None = None) -> Iterator[dict[str, Any]]:
    """Share of ordinary messages labelled as ads (and by the SVM): the dev side of chat texts, and real chat logs."""
    for name in CHAT:
        path = data / "unlabelled" / f"{name}.parquet"
        if path.exists():
            texts = pq.read_table(path)["text"].to_pylist()
            trained = any(Path(source.file).stem == name for source in SOURCES)
            texts = [t for t, dev in zip(texts, dev_side(texts), strict=True) if dev] if trained else texts
            yield _flagged(name, texts[:40_000], annotator, svm)
    for folder in sorted(path for path in (data / "logs").glob("*") if path.is_dir()):
        texts = []
        for source in find_sources([folder]):
            if not isinstance(source, Source):
                continue  # a read-me beside the logs
            reading = read_export(source, settings=IngestSettings())
            for batch in reading:
                table = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
                texts += table.filter(pc.is_null(table["event"]))["text"].to_pylist()
        yield _flagged(folder.name, texts, annotator, svm)


def _flagged(name: str, texts: Sequence[str], annotator: Annotator, svm: CharacterSvm | None) -> dict[str, Any]:
    said = annotator.classify(texts)["ads_label"].to_pylist()
    n, flagged = max(len(texts), 1), said.count("ad")
    row = {
        "source": name,
        "n": len(texts),
        "flagged": flagged,
        "share": flagged / n,
        "unsure": said.count("unsure") / n,
    }
    row["ci95"] = wilson(flagged, n)
    return row | ({"svm": svm.predict(texts).count("ad") / n} if svm and len(texts) else {})


def wilson(hits: int, n: int) -> list[float]:
    """95 % interval of a share (Wilson 1927)."""
    z = 1.96
    middle, spread = (hits + z * z / 2) / (n + z * z), z / (n + z * z) * np.sqrt(hits * (n - hits) / n + z * z / 4)
    return [round(float(max(middle - spread, 0)), 5), round(float(middle + spread), 5)]


def speed(annotator: Annotator, examples: Mapping[str, Examples]) -> float:
    """Distinct messages a CPU second, tokens and evidence included."""
    texts = list(dict.fromkeys(examples["ads"].texts))[-20_000:]
    started = time.process_time()
    annotator.classify(texts)
    return len(texts) / (time.process_time() - started)


def write_card(
    folder: Path, data: Path, report: Mapping[str, Any], *, seed: int, strangers: Sequence[Mapping[str, Any]]
) -> None:
    """Measure the model in `folder` and write its MODEL_CARD.md; `strangers` are rows of `cross_source_scores`."""
    from nlp.train import learned_outputs

    annotator = Annotator(NlpSettings(encoder=str(folder)))
    examples = load_examples(data, learned_outputs(), seed=seed)
    sources = sorted({source.file for source in SOURCES})
    lines = [
        "# Model card: light",
        "",
        "Hashed character 1-3-grams, an embedding bag, a small trunk and one linear layer a head; see",
        "`docs/adr/0003-light-model.md`. Made by `nuanqun train light`, see ADR 0034; every number here",
        "was measured by that command on rows that were not trained on. Brackets hold 95 % bootstrap intervals.",
        "",
        f"- Version: `{annotator.version}`; seed {seed}; trained in {report['seconds']:.0f} s on one core.",
        f"- Size: {(folder / 'weights.safetensors').stat().st_size / 1e6:.1f} MB (16-bit).",
        f"- Speed: {speed(annotator, examples):,.0f} messages a CPU second with {annotator.segmenter.name},"
        " tokens and evidence included.",
        "",
        "## Sources it never saw",
        "",
        "Each source was left out of training altogether, and scored as a stranger (covid_weibo_6 shares",
        "a third of its rows with other weibo sets, so it is hardly one).",
        "",
        *_score_table(strangers),
        "",
        "## Dev side of the training sources",
        "",
        "A tenth of the openings of every source; a template never stands on both sides. Where a source has one label,",
        "accuracy is the share that got it (of advertisements: recall).",
        "",
        *_score_table(dev_scores(annotator, examples)),
        "",
        "## Ordinary messages taken for advertisements",
        "",
        "| texts | n | flagged | share | left to people |",
        "|---|---|---|---|---|",
        *(
            f"| {row['source']} | {row['n']} | {row['flagged']} | {row['share']:.2%} [{row['ci95'][0]:.2%},"
            f" {row['ci95'][1]:.2%}] | {row['unsure']:.2%} |"
            for row in false_positives(annotator, data)
        ),
        "",
        "## Known failures",
        "",
        "- Irony, and moods that only the conversation tells; neutral is the safest of the three.",
        "- Toxicity follows the register of forum quarrels about groups of people; slurs in new disguises are missed.",
        "- Topics of one short line are often undecidable: count them over conversations, not messages.",
        "- Advertisements in pictures, and ads that read like a friend's tip, are not found in the text.",
        "- Offers that a chat allows (the owner's group buy, second-hand) read like advertisements.",
        "",
        "## Data",
        "",
        "Public sets and texts written by us (`data/written`). Licences of the public sets are those of their authors,",
        "several without a stated licence; no text of theirs is shipped.",
        "",
        *(f"- {name}" for name in sources),
    ]
    (folder / "MODEL_CARD.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _score_table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not rows:
        yield "Not measured in this run; what folds of left-out sources gave stands in ../MODEL_CARD.md."
        return
    yield "| task | source | n | accuracy | macro-F1 | precision | recall | F1 |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in rows:
        cells = [
            f"{row[key]:.3f} [{row['ci95'][key][0]:.3f}, {row['ci95'][key][1]:.3f}]" if key in row else ""
            for key in ("accuracy", "macro_f1")
        ]
        cells += [f"{row[key]:.3f}" if key in row else "" for key in ("precision", "recall", "f1")]
        yield f"| {row['task']} | {row['source']} | {row['n']} | {' | '.join(cells)} |"
