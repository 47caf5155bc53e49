"""A PostgreSQL server for tests: Debian's package, installed where that is allowed, run by an ordinary user.

`with server(folder) as url:` gives the URL of an empty database with a password; nothing is left when it ends.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "a secret: 100%/@?"
PLACES = ("usr/lib/postgresql", "usr/local/pgsql", "opt/homebrew/opt/postgresql")


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest there is."""
    found = [path.parent for place in PLACES for path in Path("/", place).rglob("pg_ctl")]
    if shutil.which("pg_ctl") and shutil.which("initdb"):
        found.append(Path(str(shutil.which("pg_ctl"))).parent)
    return max(found, key=lambda path: path.parent.name, default=None)


def install() -> str:
    """Install Debian's package where this user may; returns why not, "" = done."""
    if programs():
        return ""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "PostgreSQL is not installed, and only root on Debian may install it here"
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", "postgresql"]):
        done = subprocess.run(["apt-get", *command], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"apt-get {command[0]} failed: {done.stderr.strip().splitlines()[-1:]}"
    return "" if programs() else "Debian's postgresql package brought no pg_ctl"


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """A running server whose files lie in `folder`; yields a SQLAlchemy URL."""
    there, data, secret = programs(), folder / "data", folder / "password"
    assert there is not None
    folder.mkdir(parents=True, exist_ok=True)
    secret.write_text(PASSWORD, "utf-8")
    run = _as_nobody(folder)
    run([there / "initdb", "-D", data, "-U", "owner", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8"])
    with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write("fsync = off\nmax_connections = 40\nshared_buffers = 16MB\ntimezone = 'Asia/Shanghai'\n")
    port = _free_port()
    options = f"-p {port} -k {folder} -h 127.0.0.1"
    run([there / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"])
    try:
        from sqlalchemy import URL

        url = URL.create("postgresql", "owner", PASSWORD, "127.0.0.1", port, "postgres")
        yield url.render_as_string(hide_password=False)
    finally:
        run([there / "pg_ctl", "-D", data, "-m", "immediate", "stop"])


def _as_nobody(folder: Path):
    """Run a command as a user that the server accepts: it refuses root."""
    user: dict[str, object] = {}
    if os.geteuid() == 0:
        person = pwd.getpwnam("nobody")
        user = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
        for path in (folder, *folder.iterdir()):
            os.chown(path, person.pw_uid, person.pw_gid)

    def run(command: list[object]) -> None:
        done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, **user)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr + done.stdout

    return run


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
