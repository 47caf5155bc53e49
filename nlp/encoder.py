"""Texts -> vectors: the contract every encoder keeps, and the one that loads it from a folder.

In: normalised texts. Out: float32 vectors, one a text. `light` (nlp/light.py) is what we ship; any Hugging Face
encoder folder works in its place. Example: `load_encoder("light").encode(["你好"]).shape` -> (1, 256).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import models
from nlp.vocabulary import CharacterTable, Tokens, pad


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
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type") == "nuanqun-light":
        from nlp.light import load_light

        return load_light(folder)
    return TransformersEncoder.load(folder, batch_size=batch_size)


def version_of(name: str, weights: Path) -> str:
    """`name` with the first 12 characters of the sha256 of the weights."""
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
        self.max_tokens = min(max_tokens, int(getattr(model.config, "max_position_embeddings", max_tokens)))

    @classmethod
    def load(cls, folder: Path, *, batch_size: int = 64) -> TransformersEncoder:
        """The encoder in a local folder; nothing is fetched and only safetensors are read."""
        from transformers import AutoModel, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
        version = version_of(folder.name, folder / "model.safetensors")
        return cls(model, tokenizer, version=version, batch_size=batch_size)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of the texts, float32 (len(texts), dim)."""
        import torch

        vectors = np.zeros((len(texts), self.dim), np.float32)
        tokens = self.table.tokens(texts) if self.table else None
        sizes = np.diff(tokens.offsets) if tokens else np.fromiter(map(len, texts), np.int64, len(texts))
        # Sorting by length is the biggest single win: batches without padding are three times faster.
        order = np.argsort(sizes, kind="stable")
        with torch.inference_mode():
            for first in range(0, len(order), self.batch_size):
                rows = order[first : first + self.batch_size]
                inputs = self._padded(tokens, rows) if tokens else self._tokens([texts[i] for i in rows])
                inputs.pop("offset_mapping", None)
                vectors[rows] = self._pool(self.model(**inputs).last_hidden_state, inputs).float().numpy()
        return vectors

    def attribute(self, texts: Sequence[str], directions: np.ndarray) -> np.ndarray:
        """Gradient times input of the token embeddings, spread over the characters of each token."""
        import torch

        result = []
        for text, direction in zip(texts, directions, strict=True):
            scores = np.zeros(len(text), np.float32)
            inputs = self._tokens([text])
            offsets = inputs.pop("offset_mapping")[0].tolist()
            embedded = self.model.get_input_embeddings()(inputs.pop("input_ids")).detach().requires_grad_()
            vector = self._pool(self.model(inputs_embeds=embedded, **inputs).last_hidden_state, inputs)[0]
            (vector @ torch.from_numpy(direction.astype(np.float32))).backward()
            gain = (embedded.grad * embedded.detach()).sum(-1)[0].numpy()
            for (start, end), value in zip(offsets, gain, strict=True):
                if start < end:
                    scores[start:end] += value / (end - start)
            result.append(scores)
        return np.concatenate(result) if result else np.zeros(0, np.float32)

    def _padded(self, tokens: Tokens, rows: np.ndarray) -> dict[str, Any]:
        """Ids and mask of some rows of a batch tokenised by the character table."""
        import torch

        ids, mask = pad(tokens, rows, self.max_tokens, self.tokenizer.pad_token_id)
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}

    def _tokens(self, texts: list[str]) -> dict[str, Any]:
        return dict(
            self.tokenizer(
                texts,
                padding=True,
                truncation=True,
                max_length=self.max_tokens,
                return_tensors="pt",
                return_offsets_mapping=True,
            )
        )

    @staticmethod
    def _pool(states: Any, inputs: dict[str, Any]) -> Any:
        mask = inputs["attention_mask"][..., None].to(states.dtype)
        return (states * mask).sum(1) / mask.sum(1).clamp(min=1)
