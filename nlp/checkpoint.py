"""What going on with a training needs beside the weights: optimiser states and counters, as safetensors and JSON.

In: optimisers and a state of plain numbers. Out: `resume/` in a folder. No pickle anywhere.
Example: `save_checkpoint(optimizers, {"step": 7}, folder)`, then `load_checkpoint(optimizers, folder)["step"]` -> 7.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

_FOLDER = "resume"


def save_checkpoint(
    optimizers: Sequence[torch.optim.Optimizer],
    state: Mapping[str, Any],
    folder: Path,
    model: torch.nn.Module | None = None,
) -> None:
    """Write the optimisers' states and `state` under `folder`, and the weights of `model` if it is given."""
    from safetensors.torch import save_file

    tensors = {
        f"{i}.{parameter}.{name}": value.contiguous()
        for i, optimizer in enumerate(optimizers)
        for parameter, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
    }
    resume = folder / _FOLDER
    resume.mkdir(parents=True, exist_ok=True)
    save_file(tensors, resume / "optimizers.safetensors")
    if model is not None:
        save_file({k: v.contiguous() for k, v in model.state_dict().items()}, resume / "model.safetensors")
    (resume / "state.json").write_text(json.dumps(state), encoding="utf-8")


def load_checkpoint(
    optimizers: Sequence[torch.optim.Optimizer], folder: Path, model: torch.nn.Module | None = None
) -> dict[str, Any] | None:
    """The state of the checkpoint in `folder`, whose tensors go into the optimisers (and `model`); None without one."""
    from safetensors.torch import load_file

    resume = folder / _FOLDER
    if not (resume / "state.json").exists():
        return None
    if model is not None:
        model.load_state_dict(load_file(resume / "model.safetensors"))
    parameters = [[p for group in o.param_groups for p in group["params"]] for o in optimizers]
    for key, value in load_file(resume / "optimizers.safetensors").items():
        i, index, name = key.split(".", 2)
        target = parameters[int(i)][int(index)]
        optimizers[int(i)].state[target][name] = value if name == "step" else value.to(target.device)
    return json.loads((resume / "state.json").read_text(encoding="utf-8"))


def checkpoint_state(folder: Path) -> dict[str, Any]:
    """The counters of the checkpoint in `folder`; empty where there is none."""
    path = folder / _FOLDER / "state.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def drop_checkpoint(folder: Path) -> None:
    """Remove the checkpoint of `folder`, if any: the training is done."""
    shutil.rmtree(folder / _FOLDER, ignore_errors=True)
