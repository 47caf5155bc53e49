"""Models of this workspace: numbered corrections learned from its verdicts over the shipped models.

A model is the folder models/N: correction.json (plain numbers, no words) and report.json (what was measured when it
was made). It is written once and never changed; which one is active is one row of the catalogue, so that switching
is one transaction and never half. Number 0 is the shipped model without a correction.
Example: `use(store, 2, "li")`, `rollback(store, "li")`, `active(store).apply(texts, annotations)`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock

from nlp.correction import Correction
from nuanqun import audit, house
from nuanqun.correcting import OwnModel
from nuanqun.errors import WorkspaceError
from nuanqun.store import Store

FOLDER = "models"
KEY = "active_model"


def active(store: Store) -> OwnModel:
    """The model in use. Raises WorkspaceError when its files are gone."""
    return load(store, _state(store)["number"])


def load(store: Store, number: int) -> OwnModel:
    """Model `number`; 0 is the shipped one. Raises WorkspaceError naming the models there are."""
    if number == 0:
        return OwnModel()
    path = _folder(store, number) / "correction.json"
    if not path.is_file():
        raise WorkspaceError(f"model {number} is not in {path.parent.parent}; there are {_numbers(store)}")
    raw = path.read_bytes()
    try:
        body = json.loads(raw)
        heads = {name: Correction.from_json(one) for name, one in body["heads"].items()}
        return OwnModel(number, body["base"], heads, blake2b(raw, digest_size=4).hexdigest())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WorkspaceError(f"{path} is damaged ({error!r}). Go back: nuanqun models rollback") from error


def save(store: Store, base: str, heads: Mapping[str, Correction], report: Mapping[str, Any]) -> OwnModel:
    """Write a new model with the next number and return it; it is not yet in use."""
    root = store.workspace / FOLDER
    root.mkdir(exist_ok=True)
    with FileLock(root / "write.lock"):
        number = max(_numbers(store)) + 1
        fresh = root / f"{number}.tmp"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        body = {"base": base, "heads": {name: one.to_json() for name, one in sorted(heads.items())}}
        _write(fresh / "correction.json", body)
        _write(fresh / "report.json", {"number": number, "at": datetime.now(UTC).isoformat(), **report})
        fresh.rename(root / str(number))
    return load(store, number)


def report_of(store: Store, number: int) -> dict[str, Any]:
    """What was measured when model `number` was made; {} for the shipped one."""
    path = _folder(store, number) / "report.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def versions(store: Store) -> list[dict[str, Any]]:
    """Every model of the workspace, the newest first: number, active, at, base, heads and the report's head rows."""
    now = _state(store)["number"]
    rows = []
    for number in sorted(_numbers(store), reverse=True):
        model, report = load(store, number), report_of(store, number)
        rows.append(
            {
                "number": number,
                "active": number == now,
                "at": report.get("at"),
                "base": model.base,
                "heads": sorted(model.heads),
                "measured": report.get("heads", []),
            }
        )
    return rows


def use(store: Store, number: int, actor: str) -> OwnModel:
    """Make model `number` the active one; messages are annotated anew by the next analysis. Returns it."""
    model, state = load(store, number), _state(store)
    if number != state["number"]:
        past = [*state["past"], state["number"]][-50:]
        house.save(store.engine, KEY, {"number": number, "past": past}, actor)
        audit.write(store.engine, actor, "use_model", detail={"number": number, "before": state["number"]})
    return model


def rollback(store: Store, actor: str) -> OwnModel:
    """Go back to the model that was active before. Raises WorkspaceError when none was."""
    state = _state(store)
    if not state["past"]:
        raise WorkspaceError(f"model {state['number']} is the first that was ever in use; there is nothing to go back")
    *past, number = state["past"]
    model = load(store, number)
    house.save(store.engine, KEY, {"number": number, "past": past}, actor)
    audit.write(store.engine, actor, "use_model", detail={"number": number, "before": state["number"]})
    return model


def before(store: Store) -> int | None:
    """The model that `rollback` would go back to, None when there is none."""
    past = _state(store)["past"]
    return past[-1] if past else None


def _state(store: Store) -> dict[str, Any]:
    return house.read(store.engine, KEY, {"number": 0, "past": []})


def _folder(store: Store, number: int) -> Path:
    return store.workspace / FOLDER / str(number)


def _numbers(store: Store) -> list[int]:
    root = store.workspace / FOLDER
    found = [int(path.name) for path in root.iterdir() if path.name.isdigit()] if root.is_dir() else []
    return sorted({0, *found})


def _write(path: Path, body: Mapping[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as out:
        json.dump(body, out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())
