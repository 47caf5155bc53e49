"""Learning from moderators: verdicts of this workspace -> a corrected model, or a sentence why there is none.

In: VERDICTS that stand, and remarks that teach a label or allow a word. Out: a new model (nuanqun.own_models) whose
corrections were better on chats they had not seen and no worse on the gold set. A head that is not better keeps
what it had. Nothing here depends on the clock or on chance. Example: `train(store, settings.nlp).refused`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from nlp.annotate import annotator_version
from nlp.campaigns import group
from nlp.correction import SHAPES, YES, Correction, Shape, correct, fit, yes_probability
from nlp.evaluate import decided_labels, score
from nlp.gold import read_gold
from nlp.settings import NlpSettings
from nlp.written import read_ads, read_ordinary
from nuanqun import house, own_models, verdicts
from nuanqun.annotating import load_annotator
from nuanqun.correcting import OwnModel
from nuanqun.store import Store

SAYS = {"ads": {"ad": 1, "fine": 0, "abuse": 0}, "toxicity": {"abuse": 1, "fine": 0}}
"""What a verdict says about each head: 1 yes, 0 no; what is not named says nothing."""
LEAST, LEAST_OF_EACH = 20, 4
"""Decided messages, and decided campaigns on either side, below which nothing is learned."""
TEACH = 2.0
"""Weight of a message that somebody marked for teaching, against 1 of a plain verdict."""
ANCHORS = 600
"""Written texts that hold the model where nobody decided; together they weigh as much as the verdicts."""
GOLD_LOSS = 0.005
"""F1 on the gold set that a correction may cost: less than the set can tell apart."""
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Example:
    """A decided message: where it was said, its text, and what people hold of it, by head."""

    chat_id: str
    message_id: str
    text: str
    target: Mapping[str, int]
    weight: float


@dataclass(frozen=True, slots=True)
class HeadReport:
    """What training made of one head; scores as in nlp.evaluate.score, `unit` = what was left out at a time.

    `refused` is "" or one of too_few, not_better, worse_on_gold; `because` says it in one sentence with its numbers.
    """

    head: str
    rows: int
    yes: int
    unit: str = ""
    shape: str = ""
    verdicts_before: Mapping[str, Any] = field(default_factory=dict)
    verdicts_after: Mapping[str, Any] = field(default_factory=dict)
    gold_before: Mapping[str, Any] = field(default_factory=dict)
    gold_after: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """The reports of all heads and the model that was made, None when every head was refused."""

    heads: tuple[HeadReport, ...]
    model: OwnModel | None = None

    def to_json(self) -> dict[str, Any]:
        """One document; `model` is the number of the new model or None."""
        return {"model": self.model.number if self.model else None, "heads": [asdict(head) for head in self.heads]}


def train(store: Store, settings: NlpSettings, *, keep: bool = True) -> Feedback:
    """Learn from the verdicts of the workspace; with `keep` a model that is better is saved, not yet used."""
    settings = house.nlp_settings(store.engine, settings)
    base, now = annotator_version(settings), own_models.active(store)
    old = now if now.fits(base) else OwnModel()
    examples, gold, anchors = decided(store), read_gold(), _anchors()
    scored = {name: _scored(texts, settings) for name, texts in _texts(examples, gold, anchors).items()}
    reports, found = [], {}
    for head in YES:
        report, correction = _train_head(head, examples, anchors, gold, scored, old.heads.get(head))
        reports.append(report)
        if correction is not None:
            found[head] = correction
    if not found or not keep:
        return Feedback(tuple(reports))
    rows = {"heads": [asdict(report) for report in reports], "rows": len(examples)}
    return Feedback(tuple(reports), own_models.save(store, base, {**old.heads, **found}, rows))


def decided(store: Store) -> list[Example]:
    """Messages that people decided, by chat and age of the verdict; the latest word on a message counts.

    A label that was taught takes the place of the verdict; a message with an allowed word is fine.
    """
    said: dict[tuple[str, str], tuple[str, float]] = {}
    for row in store.verdicts().select(["chat_id", "message_id", "label"]).to_pylist():
        said[row["chat_id"], row["message_id"]] = (row["label"], 1.0)
    for remark in reversed(verdicts.remarks(store.engine)):
        key = (remark["chat_id"], remark["message_id"])
        if remark["kind"] == "teach" and remark["text"] in verdicts.LABELS:
            said[key] = (remark["text"], TEACH)
        elif remark["kind"] == "allow":
            said[key] = ("fine", TEACH)
    return [
        Example(chat_id, message_id, text, target, said[chat_id, message_id][1])
        for chat_id, message_id, text in _said(store, said)
        if (target := {h: says[label] for h, says in SAYS.items() if (label := said[chat_id, message_id][0]) in says})
    ]


def _said(store: Store, wanted: Mapping[tuple[str, str], Any]) -> Iterator[tuple[str, str, str]]:
    """(chat, message, text) of the wanted messages that still exist and hold text."""
    for chat_id in sorted({chat for chat, _ in wanted}):
        ids = pa.array([message for chat, message in wanted if chat == chat_id])
        table = store.messages(chat_id, ["message_id", "text"])
        for row in table.filter(pc.is_in(table["message_id"], ids)).to_pylist():
            if (row["text"] or "").strip():
                yield chat_id, row["message_id"], row["text"]


def _train_head(
    head: str,
    examples: Sequence[Example],
    anchors: Sequence[str],
    gold: pa.Table,
    scored: Mapping[str, pa.Table],
    old: Correction | None,
) -> tuple[HeadReport, Correction | None]:
    places = [i for i, example in enumerate(examples) if head in example.target]
    mine = [examples[i] for i in places]
    target = np.array([example.target[head] for example in mine], float)
    report = HeadReport(head, len(mine), int(target.sum()))
    texts = [example.text for example in mine]
    copies = group(texts)
    sides = [len(np.unique(copies[target == side])) for side in (0, 1)]
    if len(mine) < LEAST or min(sides) < LEAST_OF_EACH:
        because = f"{len(mine)} verdicts with {sides[1]} different yes and {sides[0]} different no: {LEAST} verdicts "
        return replace(report, refused="too_few", because=f"{because}and {LEAST_OF_EACH} of either are needed."), None
    before = yes_probability(head, scored["verdicts"])[places]
    held = yes_probability(head, scored["anchors"])
    weight = _weights(copies, np.array([example.weight for example in mine]))

    def learn(rows: np.ndarray, shape: Shape) -> Correction:
        own, total = weight[rows], float(weight[rows].sum())
        return fit(
            [*(texts[i] for i in rows), *anchors],
            np.concatenate((before[rows], held)),
            np.concatenate((target[rows], held)),
            np.concatenate((own, np.full(len(anchors), total / len(anchors)))),
            shape,
        )

    unit, folds = _folds([example.chat_id for example in mine], copies)
    after, losses = {}, {}
    for name, shape in SHAPES.items():
        after[name] = _left_out(folds, texts, before, lambda rows, shape=shape: learn(rows, shape))
        losses[name] = _surprise(after[name], target, weight)
    best = min(SHAPES, key=lambda name: losses[name])
    correction = learn(np.arange(len(mine)), SHAPES[best])
    report = replace(
        report,
        unit=unit,
        shape=best,
        verdicts_before=_measured(head, before, target, weight),
        verdicts_after=_measured(head, after[best], target, weight),
        gold_before=_on_gold(head, old, gold, scored["gold"]),
        gold_after=_on_gold(head, correction, gold, scored["gold"]),
    )
    refused, because = _judge(report)
    return replace(report, refused=refused, because=because), None if refused else correction


def _judge(report: HeadReport) -> tuple[str, str]:
    """("", "") or why the new correction is not taken."""
    before, after = report.verdicts_before, report.verdicts_after
    wrong = 1 - before["accuracy"], 1 - after["accuracy"]
    if after["log_loss"] >= before["log_loss"] or wrong[1] > wrong[0]:
        return "not_better", (
            f"On {report.unit}s it had not seen it was wrong about {wrong[1]:.1%} of the verdicts, against "
            f"{wrong[0]:.1%} without it (log loss {after['log_loss']:.3f} against {before['log_loss']:.3f})."
        )
    gold = report.gold_before["f1"], report.gold_after["f1"]
    if gold[1] < gold[0] - GOLD_LOSS:
        return "worse_on_gold", f"On the gold set F1 fell from {gold[0]:.3f} to {gold[1]:.3f}."
    return "", ""


def _folds(chats: Sequence[str], copies: np.ndarray) -> tuple[str, np.ndarray]:
    """What is left out at a time, and the number of the fold of every row.

    Whole chats where there are several; copies of one campaign never stand on both sides, so that a campaign which
    runs through chats is left out with the chat of its first message. One chat alone is cut by campaigns.
    """
    numbers = {chat: i for i, chat in enumerate(dict.fromkeys(chats))}
    if len(numbers) == 1:
        return "campaign", copies % FOLDS
    home = {int(copy): numbers[chat] for copy, chat in zip(copies[::-1], reversed(chats), strict=True)}
    return "chat", np.array([home[int(copy)] for copy in copies])


def _left_out(folds: np.ndarray, texts: Sequence[str], before: np.ndarray, learn: Any) -> np.ndarray:
    """The probability of every row under a correction that was learned without its fold."""
    after = before.copy()
    for fold in np.unique(folds):
        inside, outside = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        after[inside] = learn(outside).probability([texts[i] for i in inside.tolist()], before[inside])
    return after


def _weights(copies: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Copies of one campaign that were decided at once count together as often as the root of their number."""
    return given / np.sqrt(np.bincount(copies)[copies])


def _surprise(probability: np.ndarray, target: np.ndarray, weight: np.ndarray) -> float:
    p = np.clip(probability, 1e-4, 1 - 1e-4)
    return float(-(weight * np.log(np.where(target == 1, p, 1 - p))).sum() / weight.sum())


def _measured(head: str, probability: np.ndarray, target: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
    """Scores against verdicts; the log loss counts copies of one campaign less."""
    names = np.array([f"not_{YES[head]}", YES[head]])
    expected, found = names[target.astype(int)].tolist(), names[(probability >= 0.5).astype(int)].tolist()
    return {**score(head, expected, found), "log_loss": round(_surprise(probability, target, weight), 4)}


def _on_gold(head: str, correction: Correction | None, gold: pa.Table, scored: pa.Table) -> dict[str, Any]:
    """Scores against the gold set."""
    if correction is not None:
        scored = correct({head: correction}, gold["text"], scored)
    return score(head, gold[head].to_pylist(), decided_labels(head, scored))


def _texts(examples: Sequence[Example], gold: pa.Table, anchors: Sequence[str]) -> dict[str, list[str]]:
    return {"verdicts": [e.text for e in examples], "gold": gold["text"].to_pylist(), "anchors": list(anchors)}


def _scored(texts: Sequence[str], settings: NlpSettings) -> pa.Table:
    """Head columns of the shipped models, without any correction."""
    return load_annotator(settings).classify(texts)


def _anchors() -> list[str]:
    """Written advertisements and ordinary lines, every so many-th of each half."""
    halves = [text for _, text in read_ads()], [one.text for one in read_ordinary()]
    return [text for half in halves for text in half[:: max(1, len(half) * 2 // ANCHORS)]]
