"""The card of a tuned encoder: what it is, and what it adds to the light model.

In: the encoder folder and what nlp/fit_cascade.py measured. Out: MODEL_CARD.md in the folder.
Example: `write_encoder_card(Path("models/encoder"), report, seed=1)`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nlp.cascade import BUDGET
from nlp.training_data import SOURCES


def write_encoder_card(folder: Path, report: Mapping[str, Mapping[str, Any]], *, seed: int) -> None:
    """Write MODEL_CARD.md from the measured rows of `report`."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    training = folder / "training.json"
    cost = json.loads(training.read_text(encoding="utf-8")) if training.is_file() else {}
    lines = [
        "# Model card: encoder",
        "",
        f"{config.get('model_type')}, {config.get('num_hidden_layers')} layers of {config.get('hidden_size')} numbers,"
        f" {config.get('vocab_size')} tokens; tuned with every head by `nuanqun train heads` (seed {seed}).",
        *(f"- {name.replace('_', ' ')}: {value:,}" for name, value in cost.items()),
        f"- Size: {(folder / 'model.safetensors').stat().st_size / 1e6:.1f} MB.",
        "",
        "It never answers alone: `quality = balanced | best` mixes it with the light model (`docs/adr/0009`).",
        "Rows are the dev side of the training sources, which neither model was trained on; the encoder's share was",
        "chosen on these rows too, so the mixture is measured where its one number an output was fitted. Accuracy is",
        "weighted by source; brackets hold 95 % bootstrap intervals. `best` mixes for every text, `balanced` for those",
        f"whose labels would likely turn for the better, as far as {BUDGET:.1%} of the tokens of ordinary messages go;",
        "`asked` is the share of these rows. Agreement is with best.",
        "",
        "| output | n | share | fast | encoder | best | balanced | asked | fast agrees | balanced agrees |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in report.items():
        cells = [f"{row[who]['accuracy']:.3f} {row[who]['ci95']}" for who in ("light", "encoder", "best", "balanced")]
        cells += [f"{row[key]:.1%}" for key in ("asked", "light_as_best", "balanced_as_best")]
        lines.append(f"| {name} | {row['n']} | {row['share']} | {' | '.join(cells)} |")
    files = sorted({source.file for source in SOURCES})
    lines += ["", "## Data", "", "As the light model, and for pre-training all texts of the data folder:", ""]
    lines += [f"- {name}" for name in files]
    (folder / "MODEL_CARD.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
