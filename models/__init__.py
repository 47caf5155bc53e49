"""Trained artefacts only: safetensors, config, MODEL_CARD.md, manifest. No code."""

OWNER = "nuanqun"
