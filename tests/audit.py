"""Known holes in the installed libraries (pip-audit), and the list of what is installed (CycloneDX).

`python tests/audit.py [--offline-is-fine] [--sbom FILE]`. Both tools live in build/audit, apart from what they look at.
Prints one JSON and `N passed, M failed`; without a network it says so, and that is a failure unless it is fine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "audit"
TOOLS = ("pip-audit>=2.10,<3", "cyclonedx-bom>=7.2,<8")
PYTHON = PLACE / "bin" / "python"


def run(*command: str | Path, seconds: int) -> subprocess.CompletedProcess[str]:
    """A command whose failure the caller reads."""
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=seconds)


def install() -> str:
    """Make the environment of the tools; why not, or an empty string."""
    if (PLACE / ".installed").exists():
        return ""
    venv.create(PLACE, with_pip=True, clear=True)
    done = run(PYTHON, "-m", "pip", "install", "--quiet", "--retries", "1", *TOOLS, seconds=600)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1][:300]
    (PLACE / ".installed").touch()
    return ""


def audit() -> tuple[dict, str]:
    """(holes by package, why nothing could be asked) of this interpreter's libraries."""
    site = sysconfig.get_paths()["purelib"]
    done = run(PYTHON, "-m", "pip_audit", "--path", site, "--format", "json", "--progress-spinner", "off",
               "--skip-editable", "--timeout", "10", seconds=900)  # fmt: skip
    try:
        rows = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return {}, (done.stderr.strip().splitlines() or ["no answer"])[-1][:300]
    skipped = [row["skip_reason"] for row in rows if "skip_reason" in row]
    if len(skipped) == len(rows):
        return {}, f"nothing is known of any of {len(rows)} libraries: {(skipped or ['none installed'])[0]}"[:300]
    holes = {f"{r['name']} {r['version']}": [hole["id"] for hole in r["vulns"]] for r in rows if r.get("vulns")}
    return {"looked_at": len(rows), "skipped": len(skipped), "holes": holes}, ""


def main() -> int:
    """Ask, print, and exit 1 when there is a hole, or when nothing could be asked and that is not fine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offline-is-fine", action="store_true")
    parser.add_argument("--sbom", type=Path)
    chosen = parser.parse_args()
    try:
        why = install()
        if not why and chosen.sbom:
            chosen.sbom.parent.mkdir(parents=True, exist_ok=True)
            done = run(PYTHON, "-m", "cyclonedx_py", "environment", sys.executable, "-o", chosen.sbom, seconds=300)
            if done.returncode:
                raise SystemExit(done.stderr[-500:])
            parts = json.loads(chosen.sbom.read_text("utf-8"))["components"]
            print(json.dumps({"sbom": str(chosen.sbom), "components": len(parts)}))
            return 0
        found, why = audit() if not why else ({}, why)
    except subprocess.TimeoutExpired as error:
        found, why = {}, f"no answer within {error.timeout} s"
    if why:
        print(json.dumps({"reached": False, "why": why}))
        print(f"the audit asked nobody: {why}", file=sys.stderr)
        return 0 if chosen.offline_is_fine else 1
    print(json.dumps({"reached": True, **found}))
    print(f"{found['looked_at'] - found['skipped'] - len(found['holes'])} passed, {len(found['holes'])} failed")
    return 1 if found["holes"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
