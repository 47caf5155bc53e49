"""What is installed is what was written: weights and lexicons travel in every kind of package."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile

import pytest

from conftest import ROOT

FOLDERS = ("nuanqun", "ingest", "nlp", "community", "dashboard", "models", "data")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """sdist, the wheel made from it, and the wheel made from the tree."""
    out = tmp_path_factory.mktemp("dist")
    for folder, kinds in (("via_sdist", []), ("direct", ["--wheel"])):
        command = [sys.executable, "-m", "build", "--no-isolation", *kinds, "--outdir", str(out / folder), str(ROOT)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
    return out


def tracked() -> set[str]:
    """Files of the packaged folders that git tracks, with the artefacts that a clone may ignore."""
    done = subprocess.run(["git", "ls-files", "-z", *FOLDERS], capture_output=True, text=True, cwd=ROOT, check=True)
    files = {name for name in done.stdout.split("\0") if name and (ROOT / name).exists()}
    return files | {path.relative_to(ROOT).as_posix() for path in (ROOT / "models").rglob("*.safetensors")}


@pytest.mark.parametrize("folder", ["via_sdist", "direct"])
def test_wheel_holds_every_tracked_file_and_nothing_else(built, folder):
    (wheel,) = (built / folder).glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    untracked = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--exclude-standard", *FOLDERS],
        capture_output=True, text=True, cwd=ROOT, check=True,
    ).stdout.split("\0")  # fmt: skip
    assert tracked() - names == set()
    assert names - tracked() - set(untracked) == set()


def test_sdist_holds_weights_and_tests(built):
    (sdist,) = (built / "via_sdist").glob("*.tar.gz")
    names = {name.split("/", 1)[1] for name in tarfile.open(sdist).getnames() if "/" in name}
    assert tracked() <= names
    assert "tests/test_wheel.py" in names


def test_editable_install_sees_weights_and_lexicons():
    code = "import models, data, pathlib; print(*(len(list(pathlib.Path(m.__file__).parent.rglob(p))) for m, p in ((models, '*.safetensors'), (data, 'lexicons/*'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT.parent, check=True)
    weights, lexicons = map(int, done.stdout.split())
    assert weights >= 1
    assert lexicons >= 1
