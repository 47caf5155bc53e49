"""The numbers that the models are held to, each beside what we reach: one row an aim, file or no file.

In: rows of nlp/evaluate_all.py and the shares of flagged ordinary messages. Out: plain dicts, ready for JSON.
Files that nobody may train on or choose by are named by their usual names; put into the folder, they are scored. Until
then an aim shows a stand-in: the dev side of a training source, which is an easier test than a stranger.
Example: `[row["met"] for row in aims(scores, flagged)]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Aim:
    """One number: `least` of `measure` (0..1) in the row of `task` and `file`, where a character SVM has `svm`."""

    what: str
    task: str
    file: str
    measure: str
    least: float
    svm: float
    stand_in: str = ""


AIMS = (
    Aim("advertisements in a real QQ group never trained on", "ads", "qq_group_ads", "f1", 0.75, 0.58, "tg_spam"),
    Aim("advertisements in a second such group", "ads", "qq_game_review", "f1", 0.85, 0.74, "game_ads_clean"),
    Aim("polarity on an unseen weibo source", "sentiment", "weibo2018", "accuracy", 0.83, 0.764, "covid_weibo_6"),
    Aim("six emotions, accuracy", "emotion", "smp2020_usual", "accuracy", 0.78, 0.727),
    Aim("six emotions, macro-F1", "emotion", "smp2020_usual", "macro_f1", 0.74, 0.684),
    Aim("topics of news titles of another site", "topic", "thucnews_titles", "accuracy", 0.72, 0.61, "tnews_fewclue"),
    Aim("questions without question marks", "question", "cped_question", "f1", 0.73, 0.689),
    Aim("requests to an assistant", "question", "crosswoz_act", "f1", 0.78, 0.754),
    Aim("toxicity on another platform", "toxicity", "toxicn", "accuracy", 0.70, 0.64, "swsr_comment"),
)
CLOAKED = Aim("toxicity, loss of F1 under emoji and homophones", "toxicity", "toxicloakcn", "f1", -0.02, -0.07)
MOST_FLAGGED = 0.003
"""Share of ordinary messages that may be taken for advertisements."""


def aims(scores: Sequence[Mapping[str, Any]], flagged: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Every aim with our number, its 95 % interval and the SVM's; `met` is null where only a stand-in was measured."""
    found = {(row["task"], row["file"].rsplit("/", 1)[-1].removesuffix(".parquet")): row for row in scores}
    rows = [_measured(aim, found) for aim in AIMS]
    rows.append(
        _blank(CLOAKED) | {"reason": f"no {CLOAKED.file}.parquet with its plain and cloaked rows in this folder"}
    )
    return rows + [
        {
            "what": "ordinary messages flagged as advertisements",
            "file": row["source"],
            "aim": f"< {MOST_FLAGGED}",
            "ours": round(row["share"], 5),
            "ci95": row["ci95"],
            "n": row["n"],
            "svm": row.get("svm"),
            "met": row["share"] < MOST_FLAGGED,
        }
        for row in flagged
    ]


def _blank(aim: Aim) -> dict[str, Any]:
    return {
        "what": aim.what,
        "task": aim.task,
        "file": aim.file,
        "measure": aim.measure,
        "aim": f">= {aim.least}",
        "svm_published": aim.svm,
        "ours": None,
        "met": None,
    }


def _measured(aim: Aim, found: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, Any]:
    row = found.get((aim.task, aim.file))
    if row is not None and aim.measure in row:
        number = _number(aim, row)
        return _blank(aim) | number | {"met": number["ours"] >= aim.least}
    result = _blank(aim) | {"reason": f"no {aim.file}.parquet with labels in this folder"}
    other = found.get((aim.task, aim.stand_in))
    return result | {"stand_in": {"file": aim.stand_in} | _number(aim, other)} if other is not None else result


def _cloaked(losses: Mapping[str, float] | None) -> dict[str, Any]:
    """The worst loss of F1 over the cloaked variants."""
    if not losses:
        return _blank(CLOAKED) | {"reason": f"no {CLOAKED.file}.parquet with plain and cloaked rows in this folder"}
    worst = min(losses.values())
    return _blank(CLOAKED) | {"ours": worst, "variants": dict(losses), "met": worst >= CLOAKED.least}


def _number(aim: Aim, row: Mapping[str, Any]) -> dict[str, Any]:
    svm = row.get("svm", {})
    return {
        "ours": row[aim.measure],
        "ci95": row["ci95"][aim.measure],
        "n": row["n"],
        "side": "dev side of a training source" if row["trained"] else "never trained on",
        "svm": svm.get(aim.measure),
        "svm_ci95": svm.get("ci95", {}).get(aim.measure),
    }
