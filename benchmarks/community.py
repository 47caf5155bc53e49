"""Time the community stage alone on simulated chats of growing size and print one JSON.

`python benchmarks/community.py --sizes 100000,1000000,3000000 [--chats 500]` -> for each size, in a process of its own:
seconds on one core (processor time, so that neighbours count little), messages a second, seconds of the slowest chat,
peak RSS in MB. `exponent` is the slope of log seconds over log messages (1 = linear; below 1 where chats are so small
that what each costs anyway weighs). `pace` says how the chats talk: `calm` spreads them over 280 days, where below some
40 messages a day the 3-line rule links replies; `lively` gives 400 a day, where the reply networks judge. Annotations
are blank: no text model is measured. Memory must follow the largest chat, not the sum.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

sys.path[0] = str(Path(__file__).resolve().parents[1])  # else this file hides the stage of the same name

from community import CommunitySettings, analyse  # noqa: E402
from nuanqun import __version__  # noqa: E402
from nuanqun.simulate.bulk import bulk  # noqa: E402

BUNCH = 200_000  # messages simulated at a time: the benchmark's own memory stays level
CALM_DAYS = 280
LIVELY = 400  # messages a day


def main() -> None:
    """Measure each size in a fresh process, so that one does not warm up or bloat the next."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="100000,1000000,3000000")
    parser.add_argument("--chats", type=int, default=500)
    parser.add_argument("--pace", choices=["calm", "lively"], default="calm")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.chats, options.pace)))
        return
    rows = []
    for size in options.sizes.split(","):
        call = [sys.executable, __file__, "--one", size, "--chats", str(options.chats), "--pace", options.pace]
        rows.append(json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout))
        print(rows[-1], file=sys.stderr)
    found = {"version": __version__, "pace": options.pace, "sizes": rows}
    if len(rows) > 1:
        logs = np.log([[row["messages"], row["seconds"]] for row in rows]).T
        found["exponent"] = round(float(np.polyfit(logs[0], logs[1], 1)[0]), 3)
    print(json.dumps(found))


def measure(messages: int, chats: int, pace: str) -> dict[str, float]:
    """Analyse about `messages` messages in `chats` chats of equal expected size."""
    each = max(messages // chats, 1)
    days = CALM_DAYS if pace == "calm" else max(each // LIVELY, 1)
    seconds, done = [], 0
    while len(seconds) < chats:
        count = min(max(BUNCH // each, 1), chats - len(seconds))
        table = bulk(count * each, chats=count, repeats=0.3, seed=1 + len(seconds), days=days)
        for chat in pc.unique(table["chat_id"]).to_pylist():
            part = table.filter(pc.equal(table["chat_id"], chat)).combine_chunks()
            blank = pa.table({"chat_id": part["chat_id"], "message_id": part["message_id"]})
            start = time.process_time()
            analyse(part, blank, name=chat, platform="wechat", settings=CommunitySettings())
            seconds.append(time.process_time() - start)
            done += len(part)
    return {
        "messages": done,
        "chats": len(seconds),
        "seconds": round(sum(seconds), 2),
        "per_second": round(done / sum(seconds)),
        "slowest_chat_seconds": round(max(seconds), 3),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    main()
