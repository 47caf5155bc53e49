"""Nothing that a stranger publishes as a model or a table can run code here: no pickle is ever read."""

from __future__ import annotations

import ast
import pickle

import pytest

from conftest import ROOT
from nlp.encoder import TransformersEncoder

READERS = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "joblib", "marshal", "yaml"}
CALLS = {"eval", "exec", "torch.load", "pd.read_pickle", "pandas.read_pickle", "os.system"}
SOURCES = sorted(
    path for stage in ("ingest", "nlp", "community", "nuanqun", "dashboard") for path in (ROOT / stage).rglob("*.py")
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_can_read_a_pickle_or_run_a_text(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            assert not READERS & {name.split(".")[0] for name in names}, f"{path}:{node.lineno}"
        elif isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in CALLS, f"{path}:{node.lineno}"
            for word in node.keywords:
                unsafe = (word.arg, getattr(word.value, "value", None))
                assert unsafe not in (("shell", True), ("allow_pickle", True), ("trust_remote_code", True))


class _Trap:
    def __init__(self, mark) -> None:
        self.mark = mark

    def __reduce__(self):
        return open, (str(self.mark), "w")


def test_an_encoder_folder_with_pickled_weights_is_refused_unread(tmp_path):
    folder, mark = tmp_path / "encoder", tmp_path / "it ran"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert", "architectures": ["BertModel"], "hidden_size": 8, "vocab_size": 8,'
        ' "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}', "utf-8")  # fmt: skip
    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n", "utf-8")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(_Trap(mark)))
    with pytest.raises((OSError, ValueError)):
        TransformersEncoder.load(folder)
    assert not mark.exists()
    pickle.loads((folder / "pytorch_model.bin").read_bytes())  # the trap does work where somebody reads it
    assert mark.exists()
