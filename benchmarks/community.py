"""Time the community stage alone on simulated chats of growing number and print one JSON.

`python benchmarks/community.py --sizes 100000,1000000,3000000 [--chat-messages 2000]` -> per size: seconds on one core
(processor time, so that neighbours count little), messages/s, peak RSS in MB. `growth` is seconds against the first
size, divided by messages against the first size: 1 = linear. Annotations are blank: the light model is not measured.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

sys.path[0] = str(Path(__file__).resolve().parents[1])  # else this file hides the stage of the same name

from community import CommunitySettings, analyse  # noqa: E402
from nuanqun import __version__  # noqa: E402
from nuanqun.simulate.bulk import bulk  # noqa: E402

BUNCH = 200_000  # messages simulated at a time: the benchmark's own memory stays level


def main() -> None:
    """Simulate bunches, analyse every chat of them, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100000,1000000")
    parser.add_argument("--chat-messages", type=int, default=2000)
    options = parser.parse_args()
    rows = [measure(int(size), options.chat_messages) for size in options.sizes.split(",")]
    first = rows[0]
    for row in rows:
        row["growth"] = round(row["seconds"] / first["seconds"] * first["messages"] / row["messages"], 3)
    print(json.dumps({"version": __version__, "sizes": rows}))


def measure(messages: int, chat_messages: int) -> dict[str, float]:
    """Analyse `messages` messages in chats of `chat_messages`."""
    seconds, done, chats = 0.0, 0, 0
    while done < messages:
        bunch = min(BUNCH, messages - done)
        table = bulk(bunch, chats=max(bunch // chat_messages, 1), repeats=0.3, seed=1 + done // BUNCH)
        for chat in pc.unique(table["chat_id"]).to_pylist():
            part = table.filter(pc.equal(table["chat_id"], chat)).combine_chunks()
            blank = pa.table({"chat_id": part["chat_id"], "message_id": part["message_id"]})
            start = time.process_time()
            analyse(part, blank, name=chat, platform="wechat", settings=CommunitySettings())
            seconds += time.process_time() - start
            chats += 1
        done += bunch
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "messages": messages,
        "chats": chats,
        "seconds": round(seconds, 2),
        "per_second": round(messages / seconds),
        "peak_rss_mb": peak,
    }


if __name__ == "__main__":
    main()
