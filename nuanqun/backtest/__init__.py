"""Back-tests: the shipped models against annotated data, beside the baselines, with bootstrap intervals.

Every file of this folder is one task with `run(...) -> dict`; `result_of` shapes what the command prints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

DRAWS = 1000


def result_of(task: str, n: int, baselines: dict, result: dict, ci95: dict, seconds: float, **more: object) -> dict:
    """The document of `nuanqun backtest`: numbers rounded to four places."""
    document = {"task": task, "n": n, "baselines": baselines, "result": result, "ci95": ci95}
    document |= {"seconds": round(seconds, 1)} | more
    return {name: _rounded(value) for name, value in document.items()}


def bootstrap(
    groups: Sequence[object] | np.ndarray,
    measure: Callable[[np.ndarray], dict[str, float]],
    *,
    draws: int = DRAWS,
    seed: int = 1,
) -> dict[str, list[float]]:
    """95 % intervals of what `measure` says of the rows of drawn groups; groups are drawn whole, with replacement."""
    _, code = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    order = np.argsort(code, kind="stable")
    places = np.split(order, np.cumsum(np.bincount(code))[:-1])
    spin = np.random.default_rng(seed)
    found: dict[str, list[float]] = {}
    for _ in range(draws):
        picked = np.concatenate([places[i] for i in spin.integers(0, len(places), len(places))])
        for name, value in measure(picked).items():
            if np.isfinite(value):
                found.setdefault(name, []).append(value)
    return {name: [float(x) for x in np.quantile(values, [0.025, 0.975])] for name, values in found.items()}


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 4) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
