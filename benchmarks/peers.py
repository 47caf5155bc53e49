"""The same simulated export before other tools: time, memory, and what each of them computes. One JSON.

`python benchmarks/peers.py [--messages 57000] [--slow 1000]`. One simulated chat; other people's tools are installed by name into environments of their
own under build/peers (chat-analytics by npm; SnowNLP, whatstk by pip); what does not install is named with the reason.
Every tool is one process; `cpu_seconds` and `peak_mb` are those of that process and its children (getrusage). Compare
`cpu_ms_a_message` within one run only. `--slow` texts go to the tools that read one text at a time, and a tenth of them
as well: what a message costs beyond start-up is the difference of the two, the same for `nuanqun` over the whole export
and a tenth of it. Figures go to stderr as they come.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # else benchmarks/community.py hides the stage

PLACE = ROOT / "build" / "peers"
FATE = "tech"
"""The fate of the one chat; no other grows to 57,000 messages at the largest scale of the simulator (20)."""

READ = "import json, sys; t = [m for m in json.load(open(sys.argv[1]))['messages'] if m.get('type') == 'message']\n"
TEXTS = READ + "t = [m['text'] for m in t if isinstance(m['text'], str) and m['text']][: int(sys.argv[2])]\n"
SNOWNLP = TEXTS + "from snownlp import SnowNLP\ns = [SnowNLP(x).sentiments for x in t]\nprint(len(t))"
WHATSTK = """import sys
from whatstk import FigureBuilder, WhatsAppChat
chat = WhatsAppChat.from_source(filepath=sys.argv[1])
FigureBuilder(chat=chat).user_interventions_count_linechart()
print(len(chat.df))"""
PANDAS = (
    READ
    + """import jieba, pandas as pd
from collections import Counter
f = pd.DataFrame(t)
f['date'] = pd.to_datetime(f['date'])
f['text'] = f['text'].map(lambda x: x if isinstance(x, str) else '')
days = f.groupby(f['date'].dt.date).size(); people = f['from'].value_counts()
hours = f.groupby([f['date'].dt.day_of_week, f['date'].dt.hour]).size()
words = Counter(w for x in f['text'] for w in jieba.lcut(x) if len(w) > 1)
print(len(f))"""
)
BERT = (
    TEXTS
    + """import torch; torch.set_num_threads(1)
from transformers import BertConfig, BertForSequenceClassification
model = BertForSequenceClassification(BertConfig(vocab_size=21128, num_labels=3)).eval()
t.sort(key=len)
with torch.inference_mode():
    for k in range(0, len(t), 32):
        rows = [[101, *(ord(c) % 21000 for c in x[:126]), 102] for x in t[k : k + 32]]
        width = max(map(len, rows))
        model(torch.tensor([r + [0] * (width - len(r)) for r in rows]), torch.tensor([[1] * len(r) + [0] * (width - len(r)) for r in rows]))
print(len(t))"""
)


def measured(command: list[str], folder: Path) -> dict[str, Any]:
    """Run one process to its end: seconds, CPU, peak memory, the last line it printed."""
    out, start = folder / "out.txt", time.perf_counter()
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "NUANQUN_ENGINE__WORKERS": "1"}
    with out.open("w") as file:
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=file, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    said = out.read_text("utf-8", errors="replace").strip()
    if child.returncode:
        return {"failed": (said.splitlines() or ["no output"])[-1][:300]}
    cpu = used.ru_utime + used.ru_stime
    return {"seconds": round(time.perf_counter() - start, 2), "cpu_seconds": round(cpu, 2),
            "peak_mb": round(used.ru_maxrss / 1024), "said": said}  # fmt: skip


def pip_environment(name: str) -> tuple[Path | None, str]:
    """The Python of an environment that holds one package, or why there is none."""
    place = PLACE / name
    python = place / "bin" / "python"
    if not (place / ".installed").exists():
        venv.create(place, with_pip=True, clear=True)
        wanted = [name, "setuptools"]
        done = subprocess.run(
            [python, "-m", "pip", "install", "-q", *wanted], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return None, (done.stderr.strip().splitlines() or ["pip failed"])[-1][:300]
        (place / ".installed").touch()
    return python, ""


def npm_tool(name: str, binary: str) -> tuple[Path | None, str]:
    """The command of an npm package, or why there is none."""
    place = PLACE / name
    found = place / "node_modules" / ".bin" / binary
    if not found.exists():
        place.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            return None, "npm is not installed"
        if done.returncode or not found.exists():
            return None, (done.stderr.strip().splitlines() or ["npm failed"])[-1][:300]
    return found, ""


def exports(folder: Path, messages: int) -> dict[str, Any]:
    """One simulated chat of about so many messages as Telegram JSON and as WhatsApp text, with a tenth of the former."""
    from nuanqun.simulate import simulate, write  # not at the top: see `in_its_own`

    scale = messages / len(simulate(7, fates=[FATE])[0].messages)
    chats = simulate(7, fates=[FATE], scale=min(max(scale, 0.2), 20.0))
    made = {form: write(chats, folder / form, form)[0] for form in ("telegram_json", "whatsapp_txt")}
    body = json.loads(made["telegram_json"].read_text("utf-8"))
    said = [row for row in body["messages"] if row["type"] == "message"]
    tenth = folder / "tenth.json"
    tenth.write_text(
        json.dumps({**body, "messages": body["messages"][: len(body["messages"]) // 10]}, ensure_ascii=False)
    )
    texts = [row["text"] for row in said if isinstance(row["text"], str) and row["text"]]
    size = round(made["telegram_json"].stat().st_size / 1e6, 2)
    facts = {"messages": len(said), "distinct_texts": len(set(texts)), "telegram_mb": size}
    return {"telegram": made["telegram_json"], "whatsapp": made["whatsapp_txt"], "tenth": tenth, "facts": facts}


def in_its_own(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run in a process of its own: Linux counts the memory of whoever starts a tool into the peak of the tool."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def this_python() -> tuple[str, str]:
    """The interpreter that runs this: it has what nuanqun needs, and so what these scripts need."""
    return sys.executable, ""


def tools(made: dict[str, Any], slow: int) -> dict[str, tuple[Callable[[], tuple[Any, str]], list[str], str]]:
    """name -> (how to get its program, arguments, what it computes)."""
    telegram, whatsapp = str(made["telegram"]), str(made["whatsapp"])
    node = ["-p", "telegram", "-i", telegram, "-o", "report.html"]
    run = ["-m", "nuanqun", "run", "--workspace", "w", "--no-serve", "--json"]
    all_of_it = "import with receipt, ads, mood, topics, abuse, questions, replies, influence, roles, temperature, risk, warnings"
    snow, bert = "sentiment of one text at a time", "one three-way label, random weights, sorted by length"
    few = str(slow // 10)
    return {
        "nuanqun run": (this_python, [*run, telegram], all_of_it),
        "nuanqun run, a tenth": (this_python, [*run, str(made["tenth"])], all_of_it),
        "chat-analytics": (lambda: npm_tool("chat-analytics", "chat-analytics"), node,
                           "counts, time, words without Chinese segmentation, emoji, language, AFINN sentiment, one HTML"),
        "whatstk": (lambda: pip_environment("whatstk"), ["-c", WHATSTK, whatsapp],
                    "WhatsApp text to a frame, messages a user over time"),
        "pandas + jieba": (this_python, ["-c", PANDAS, telegram], "counts by day, person and hour; word counts"),
        "SnowNLP": (lambda: pip_environment("snownlp"), ["-c", SNOWNLP, telegram, str(slow)], snow),
        "SnowNLP, a tenth": (lambda: pip_environment("snownlp"), ["-c", SNOWNLP, telegram, few], snow),
        "BERT-base": (this_python, ["-c", BERT, telegram, str(slow)], bert),
        "BERT-base, a tenth": (this_python, ["-c", BERT, telegram, few], bert),
    }  # fmt: skip


def beyond_start(rows: dict[str, Any]) -> None:
    """Fold the runs on a tenth into `cpu_ms_beyond_start`: what one more message costs."""
    for name in [name for name in rows if name.endswith(", a tenth")]:
        small, whole = rows.pop(name), rows[name.removesuffix(", a tenth")]
        if "cpu_seconds" in small and "cpu_seconds" in whole:
            more = whole["messages"] - small["messages"]
            whole["cpu_ms_beyond_start"] = round(1000 * (whole["cpu_seconds"] - small["cpu_seconds"]) / more, 3)


def main() -> None:
    """Run every tool once on the same chat."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=57_000)
    parser.add_argument("--slow", type=int, default=1000)
    chosen = parser.parse_args()
    rows: dict[str, Any] = {}
    result: dict[str, Any] = {"load_before": os.getloadavg()[0], "tools": rows}
    with tempfile.TemporaryDirectory() as name:
        made = in_its_own(exports, Path(name), chosen.messages)
        result |= made["facts"]
        for tool, (get, arguments, computes) in tools(made, chosen.slow).items():
            program, why = get()
            folder = Path(name, tool.replace(" ", "-"))
            folder.mkdir()
            row: dict[str, Any] = measured([str(program), *arguments], folder) if program else {"not_installed": why}
            if "cpu_seconds" in row:
                row["messages"] = counted(row.pop("said"), made["facts"]["messages"])
                row["cpu_ms_a_message"] = round(1000 * row["cpu_seconds"] / row["messages"], 3)
            rows[tool] = row | {"computes": computes}
            print(tool, json.dumps(row), file=sys.stderr, flush=True)
    beyond_start(rows)
    print(json.dumps(result, ensure_ascii=False))


def counted(said: str, every: int) -> int:
    """How many messages a tool says it read: its last line, nuanqun's receipt, or all of the export."""
    last = (said.splitlines() or [""])[-1]
    if last.startswith("{"):
        return sum(chat["messages"] for chat in json.loads(last)["chats"])
    return int(last) if last.isdecimal() else every


if __name__ == "__main__":
    main()
