"""Texts -> vectors: the contract every encoder keeps, and the one that loads it from a folder.

In: normalised texts. Out: float32 vectors, one a text. `light` (nlp/light.py) is what we ship; any Hugging Face
encoder folder works in its place. Example: `load_encoder("light").encode(["你好"]).shape` -> (1, 256).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import models
from nlp.vocabulary import CharacterTable, Tokens, pad, places


class Encoder(Protocol):
    """Turns texts into vectors of `dim` numbers; equal texts give equal vectors."""

    version: str
    """Name and first characters of the weights' sha256."""
    dim: int

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of the texts, float32 (len(texts), dim)."""
        ...

    def attribute(self, texts: Sequence[str], directions: np.ndarray) -> np.ndarray:
        """How much each character moves its text's vector along its row of `directions` (len(texts), dim).

        Gradient times input (Simonyan et al. 2013). Returns float32, one number a character of "".join(texts).
        """
        ...


def encoder_folder(name: str) -> Path:
    """The folder of an encoder: a path, or a name under models/. Raises FileNotFoundError if it is not there."""
    path = Path(name)
    if not path.is_dir():
        path = Path(models.__file__).parent / name
    if not (path / "config.json").is_file():
        raise FileNotFoundError(
            f"encoder {name!r}: no config.json in {path}. Name a folder under models/ or the path of an encoder folder."
        )
    return path


def load_encoder(name: str, *, batch_size: int = 64) -> Encoder:
    """The encoder in models/NAME or in the folder NAME: our light model, or any Hugging Face encoder."""
    folder = encoder_folder(name)
    if is_light(folder):
        from nlp.light import load_light

        return load_light(folder)
    return TransformersEncoder.load(folder, batch_size=batch_size)


def is_light(folder: Path) -> bool:
    """Whether a folder holds a light encoder of ours."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config.get("model_type") == "nuanqun-light"


def encoder_version(folder: Path) -> str:
    """Name of the encoder in a folder and first characters of its weights' sha256; loads nothing."""
    if is_light(folder):
        return version_of("light", folder / "weights.safetensors")
    return version_of(folder.name, folder / "model.safetensors")


def models_version(folder: Path) -> str:
    """The versions of the encoder in a folder and of the heads trained on it."""
    return f"{encoder_version(folder)}+{version_of('heads', folder / 'heads.safetensors')}"


def version_of(name: str, weights: Path) -> str:
    """`name` with the first 12 characters of the sha256 of the weights; raises FileNotFoundError."""
    if not weights.is_file():
        raise FileNotFoundError(f"{weights}: not there; `nuanqun train` makes it, or install nuanqun again")
    return f"{name}-{sha256(weights.read_bytes()).hexdigest()[:12]}"


class TransformersEncoder:
    """Any Hugging Face encoder: mean of the last hidden states, batches of texts of like length."""

    def __init__(
        self, model: Any, tokenizer: Any, *, version: str, batch_size: int = 64, max_tokens: int = 256
    ) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.table = CharacterTable(tokenizer) if getattr(model.config, "tokens", "") == "characters" else None
        self.version = version
        self.dim = int(model.config.hidden_size)
        self.batch_size = batch_size
        # Ours names the length that it was trained on: later places of a row are strange to it, and dear.
        limits = [getattr(model.config, key, max_tokens) for key in ("longest", "max_position_embeddings")]
        self.max_tokens = min(max_tokens, *map(int, limits))

    @classmethod
    def load(cls, folder: Path, *, batch_size: int = 64) -> TransformersEncoder:
        """The encoder in a local folder; nothing is fetched and only safetensors are read."""
        # oneDNN keeps what it compiled for each shape of a batch, megabytes each: those of one batch are enough (all
        # shapes of rows of 64 tokens take 90 MB more and save a twentieth of the time).
        os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "8")
        import torch
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        # One thread a process: on small models two threads are slower than two processes.
        torch.set_num_threads(1)
        logging.set_verbosity_error()  # a missing pooler is no news: the states are pooled here
        logging.disable_progress_bar()
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).float()
        return cls(model, tokenizer, version=encoder_version(folder), batch_size=batch_size)

    def tokens(self, texts: Sequence[str]) -> Tokens:
        """Tokens of normalised texts, by the character table where the tokenizer is ours."""
        if self.table:
            return self.table.tokens(texts)
        found = self.tokenizer(list(texts), return_offsets_mapping=True) if texts else {}
        ids = [np.array(row, np.int64) for row in found.get("input_ids", [])]
        spans = [np.array(row, np.int64).reshape(-1, 2) for row in found.get("offset_mapping", [])]
        joined = np.concatenate([np.zeros((0, 2), np.int64), *spans])
        offsets = np.concatenate(([0], np.cumsum([len(row) for row in ids]))).astype(np.int64)
        return Tokens(np.concatenate([np.zeros(0, np.int64), *ids]), offsets, joined[:, 0], joined[:, 1])

    def vectors(self, tokens: Tokens, rows: np.ndarray) -> Any:
        """Vectors of some rows as a tensor, with gradients where they are switched on."""
        import torch

        ids, mask = pad(tokens, rows, self.max_tokens, self.tokenizer.pad_token_id or 0)
        return self._pooled(self.model.get_input_embeddings()(torch.from_numpy(ids)), torch.from_numpy(mask))

    def _pooled(self, embedded: Any, mask: Any) -> Any:
        states = self.model(inputs_embeds=embedded, attention_mask=mask.long()).last_hidden_state
        weights = mask[..., None].to(states.dtype)
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of the texts, float32 (len(texts), dim)."""
        import torch

        vectors = np.zeros((len(texts), self.dim), np.float32)
        tokens = self.tokens(texts)
        with torch.inference_mode():
            for rows in by_length(tokens, self.batch_size):
                vectors[rows] = self.vectors(tokens, rows).float().numpy()
        return vectors

    def attribute(self, texts: Sequence[str], directions: np.ndarray) -> np.ndarray:
        """Gradient times input of the token embeddings, spread over the characters of each token."""
        import torch

        tokens = self.tokens(texts)
        result = [np.zeros(len(text), np.float32) for text in texts]
        for rows in by_length(tokens, self.batch_size):
            ids, mask = pad(tokens, rows, self.max_tokens, self.tokenizer.pad_token_id or 0)
            place, _ = places(tokens, rows, self.max_tokens)
            embedded = self.model.get_input_embeddings()(torch.from_numpy(ids)).detach().requires_grad_()
            wanted = torch.from_numpy(directions[rows].astype(np.float32))
            (self._pooled(embedded, torch.from_numpy(mask)).float() * wanted).sum().backward()
            gain = (embedded.grad * embedded.detach()).sum(-1).float().numpy()
            for row, read, at, values in zip(rows.tolist(), mask, place, gain, strict=True):
                spans = zip(tokens.starts[at[read]].tolist(), tokens.ends[at[read]].tolist(), values[read], strict=True)
                for start, stop, value in spans:
                    if start < stop:
                        result[row][start:stop] += value / (stop - start)
        return np.concatenate(result) if result else np.zeros(0, np.float32)


def by_length(tokens: Tokens, batch_size: int) -> list[np.ndarray]:
    """Rows in batches of like length: without padding an encoder is three times faster."""
    order = np.argsort(np.diff(tokens.offsets), kind="stable")
    return [order[first : first + batch_size] for first in range(0, len(order), batch_size)]
