"""What behaviour adds to the text when advertisements are looked for in invented chats: one JSON.

Chats of several seeds with planted advertisements; an advertisement is found when its text says so, or when text and
behaviour together do (community/suspects.py). Offers of members count for neither side. Intervals: bootstrap over
chats. Usage: python benchmarks/behaviour.py --seeds 41 42 43
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])  # else benchmarks/community.py hides the stage

from nuanqun.pipeline import run  # noqa: E402
from nuanqun.settings import load_settings  # noqa: E402
from nuanqun.simulate import simulate, write  # noqa: E402
from nuanqun.store import Store  # noqa: E402

SIDES = ("text", "both")


def counts_of(seed: int) -> list[dict[str, Any]]:
    """Of every chat: advertisements, ordinary messages, and how many of each are found by text and by both."""
    with tempfile.TemporaryDirectory() as folder:
        paths = write(simulate(seed), Path(folder) / "exports")
        truths = json.loads(next(Path(folder).rglob("truth.json")).read_text(encoding="utf-8"))["chats"]
        run(paths, workspace=Path(folder) / "w", settings=load_settings())
        store = Store(Path(folder) / "w")
        by_size = {row["messages"]: row["chat_id"] for row in store.chats().to_pylist()}
        return [_count(store, by_size[truth["messages"]], truth) | {"seed": seed} for truth in truths]


def _count(store: Store, chat_id: str, truth: dict[str, Any]) -> dict[str, Any]:
    messages, annotations = store.chat_tables(chat_id)
    ads = {_key(one) for one in (*truth["ads"], *truth["ad_images"])}
    offers = {_key(one) for one in truth["offers"]}
    suspects = set(store.table("suspects", chat_id)["message_id"].to_pylist())
    labels = annotations["ads_label"].to_pylist()
    total, found = [0, 0], {side: [0, 0] for side in SIDES}
    rows = messages.select(["message_id", "sender_id", "sender_name", "sent_at", "event"]).to_pylist()
    for row, label in zip(rows, labels, strict=True):
        minute = row["sent_at"].astimezone(UTC).replace(second=0, microsecond=0)
        keys = {(minute, row["sender_id"]), (minute, row["sender_name"])}
        if row["event"] or keys & offers:
            continue
        ad = bool(keys & ads)
        total[ad] += 1
        found["text"][ad] += label == "ad"
        found["both"][ad] += label == "ad" or row["message_id"] in suspects
    return {"chat": truth["id"], "ads": total[1], "ordinary": total[0], **found}


def _key(planted: dict[str, Any]) -> tuple[datetime, str]:
    """Minute and sender: all that every dialect of export keeps."""
    moment = datetime.fromisoformat(planted["sent_at"]).astimezone(UTC)
    return moment.replace(second=0, microsecond=0), planted["sender"]


def summary(chats: list[dict[str, Any]]) -> dict[str, Any]:
    """Recall and false share of both sides with their intervals."""
    ads, ordinary = (np.array([chat[name] for chat in chats], float) for name in ("ads", "ordinary"))
    draws = np.random.default_rng(0).integers(len(chats), size=(1_000, len(chats)))
    result: dict[str, Any] = {"chats": len(chats), "ads": int(ads.sum()), "ordinary": int(ordinary.sum())}
    for side in SIDES:
        false, hits = np.array([chat[side] for chat in chats], float).T
        for name, part, whole in (("recall", hits, ads), ("false_share", false, ordinary)):
            low, high = np.percentile(part[draws].sum(1) / np.maximum(whole[draws].sum(1), 1), [2.5, 97.5])
            value = part.sum() / max(whole.sum(), 1)
            result[f"{side}_{name}"] = [round(float(x), 5) for x in (value, low, high)]
    return result


def main() -> None:
    """One JSON document on stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[41, 42, 43])
    chats = [chat for seed in parser.parse_args().seeds for chat in counts_of(seed)]
    print(json.dumps(summary(chats) | {"by_chat": chats}))


if __name__ == "__main__":
    main()
