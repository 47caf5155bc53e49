"""Messages a second of every quality, beside other ways to classify short Chinese text, in one run: one JSON.

Each candidate gets the same distinct messages in one process with one thread; seconds are CPU seconds, so a busy
machine distorts little, and ratios within the run are what counts. SnowNLP and a BERT-base-sized encoder with random
weights see fewer messages, because they are slow.
Usage: python benchmarks/classify.py DATA > classify.json     (SnowNLP: pip install nuanqun[benchmark])
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from nlp.annotate import Annotator
from nlp.encoder import encoder_folder
from nlp.settings import NlpSettings

MESSAGES, FEW = 20_000, 200


def messages(data: Path, seed: int) -> list[str]:
    """Distinct messages of people, from two chat corpora."""
    texts: list[str] = []
    for name in ("lccc_base_valid_test", "nus_sms_zh"):
        texts += pq.read_table(data / "unlabelled" / f"{name}.parquet")["text"].to_pylist()
    distinct = list(dict.fromkeys(text for text in texts if text))
    return [distinct[i] for i in np.random.default_rng(seed).permutation(len(distinct))[:MESSAGES].tolist()]


def candidates(texts: Sequence[str]) -> dict[str, tuple[Callable[[Sequence[str]], Any], int]]:
    """Name -> (what classifies, how many messages it gets)."""
    found: dict[str, tuple[Callable[[Sequence[str]], Any], int]] = {}
    for quality in ("fast", "balanced", "best"):
        try:
            encoder_folder("light" if quality == "fast" else "encoder")
        except FileNotFoundError:
            continue
        annotator = Annotator(NlpSettings(quality=quality))
        found[quality] = (annotator.classify, MESSAGES if quality == "fast" else MESSAGES // 4)
    found["character_svm_one_task"] = (_svm(texts), MESSAGES)
    found["bert_base_size_random"] = (_bert_base(), FEW)
    if importlib.util.find_spec("snownlp"):
        snow = importlib.import_module("snownlp").SnowNLP
        found["snownlp_sentiment"] = (lambda some: [snow(text).sentiments for text in some if text.strip()], FEW)
    return found


def _svm(texts: Sequence[str]) -> Callable[[Sequence[str]], Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, max_features=400_000)
    labels = [len(text) % 2 for text in texts]  # speed does not depend on what is learned
    model = LinearSVC().fit(vectorizer.fit_transform(texts), labels)
    return lambda some: model.predict(vectorizer.transform(some))


def _bert_base() -> Callable[[Sequence[str]], Any]:
    import torch
    from transformers import BertConfig, BertModel

    torch.set_num_threads(1)
    model = BertModel(BertConfig(vocab_size=21_128)).eval()

    def classify(some: Sequence[str]) -> None:
        ordered = sorted(some, key=len)
        with torch.inference_mode():
            for first in range(0, len(ordered), 32):
                longest = max(len(text) for text in ordered[first : first + 32]) + 2
                model(input_ids=torch.ones((len(ordered[first : first + 32]), min(longest, 128)), dtype=torch.long))

    return classify


def main() -> None:
    """Time every candidate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    texts = messages(options.data, options.seed)
    rates = {}
    for name, (classify, most) in candidates(texts).items():
        classify(texts[:32])  # loads what is loaded on first use
        started = time.process_time()
        classify(texts[:most])
        rates[name] = round(min(most, len(texts)) / (time.process_time() - started), 1)
    ratios = {name: round(rate / rates["fast"], 4) for name, rate in rates.items()}
    report = {"benchmark": "classify", "messages_per_cpu_second": rates, "ratio_to_fast": ratios}
    if "snownlp_sentiment" not in rates:
        report["not_measured"] = {"snownlp_sentiment": "not installed: pip install nuanqun[benchmark]"}
    json.dump(report, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
