"""The same simulated export before other tools: time, memory, and what each of them computes. One JSON.

`python benchmarks/peers.py [--scale 1] [--slow 300]`. Other people's tools are installed by name into environments of their
own under build/peers (chat-analytics by npm; SnowNLP, whatstk by pip); what does not install is named with the reason.
Every tool is one process; `cpu_seconds` and `peak_mb` are those of that process and its children (getrusage). Compare
`messages_per_cpu_second` within one run only. `--slow` messages go to the tools that read one text at a time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "peers"

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


def exports(folder: Path, scale: float) -> tuple[Path, Path, int]:
    """The largest simulated chat as Telegram JSON and as WhatsApp text, and its messages."""
    found = {}
    for form in ("telegram_json", "whatsapp_txt"):
        command = [sys.executable, "-m", "nuanqun", "simulate", "--out", str(folder / form), "--seed", "7", "--format", form,
                   "--scale", str(scale)]  # fmt: skip
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True)
        files = [
            path
            for path in (folder / form).rglob("*")
            if path.suffix in (".json", ".txt") and path.name != "truth.json"
        ]
        found[form] = max(files, key=lambda path: path.stat().st_size)
    rows = json.loads(found["telegram_json"].read_text("utf-8"))["messages"]
    return found["telegram_json"], found["whatsapp_txt"], sum(row["type"] == "message" for row in rows)


def this_python() -> tuple[str, str]:
    """The interpreter that runs this: it has what nuanqun needs, and so what these scripts need."""
    return sys.executable, ""


def tools(telegram: Path, whatsapp: Path, slow: int) -> dict[str, tuple[Callable[[], tuple[Any, str]], list[str], str]]:
    """name -> (how to get its program, arguments, what it computes)."""
    node = ["-p", "telegram", "-i", str(telegram), "-o", "report.html"]
    return {
        "nuanqun run": (this_python, ["-m", "nuanqun", "run", str(telegram), "--workspace", "w", "--no-serve", "--json"],
                        "import with receipt, ads, mood, topics, abuse, questions, replies, influence, roles, temperature, risk, warnings"),
        "chat-analytics": (lambda: npm_tool("chat-analytics", "chat-analytics"), node,
                           "counts, time, words without Chinese segmentation, emoji, language, AFINN sentiment, one HTML"),
        "whatstk": (lambda: pip_environment("whatstk"), ["-c", WHATSTK, str(whatsapp)],
                    "WhatsApp text to a frame, messages a user over time"),
        "pandas + jieba": (this_python, ["-c", PANDAS, str(telegram)], "counts by day, person and hour; word counts"),
        "SnowNLP": (lambda: pip_environment("snownlp"), ["-c", SNOWNLP, str(telegram), str(slow)],
                    "sentiment of one text at a time"),
        "BERT-base": (this_python, ["-c", BERT, str(telegram), str(slow)], "one three-way label, random weights, sorted by length"),
    }  # fmt: skip


def main() -> None:
    """Run every tool once on the same chat."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--slow", type=int, default=300)
    chosen = parser.parse_args()
    result: dict[str, Any] = {"load_before": os.getloadavg()[0], "tools": {}}
    with tempfile.TemporaryDirectory() as name:
        telegram, whatsapp, messages = exports(Path(name), chosen.scale)
        result |= {"messages": messages, "telegram_mb": round(telegram.stat().st_size / 1e6, 2)}
        for tool, (get, arguments, computes) in tools(telegram, whatsapp, chosen.slow).items():
            program, why = get()
            folder = Path(name, tool.replace(" ", "-"))
            folder.mkdir()
            row: dict[str, Any] = measured([str(program), *arguments], folder) if program else {"not_installed": why}
            if said := str(row.pop("said", "")):
                row["messages"] = int(said.splitlines()[-1]) if said.splitlines()[-1].isdecimal() else messages
                row["messages_per_cpu_second"] = round(row["messages"] / row["cpu_seconds"])
            result["tools"][tool] = row | {"computes": computes}
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
