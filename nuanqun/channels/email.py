"""E-mail by SMTP over TLS: one plain-text message."""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage

from nuanqun.channels import Channel, Config, Notice
from nuanqun.errors import NuanqunError

TIMEOUT = 20  # seconds
IMPLICIT_TLS = 465


def letter(notice: Notice, config: Config) -> EmailMessage:
    """The message; line breaks in a title cannot add headers."""
    made = EmailMessage()
    made["Subject"] = " ".join(notice.title.split())
    made["From"] = _address(config["sender"])
    made["To"] = ", ".join(str(_address(part)) for part in config["to"].replace("；", ",").replace(";", ",").split(","))
    made.set_content("\n".join([notice.title, "", *(f"· {line}" for line in notice.lines)]) + "\n")
    return made


def _address(text: str) -> Address:
    local, at, domain = text.strip().rpartition("@")
    if not at or not local or not domain:
        raise NuanqunError(f"{text.strip()!r} is no e-mail address; expected name@domain.")
    return Address(username=local, domain=domain)


def send(notice: Notice, config: Config) -> None:
    """Deliver over TLS (465: from the start, else STARTTLS); raises OSError or smtplib.SMTPException."""
    host, _, port = config["host"].partition(":")
    number, context = int(port or 587), ssl.create_default_context()
    if number == IMPLICIT_TLS:
        server = smtplib.SMTP_SSL(host, number, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(host, number, timeout=TIMEOUT)
    with server:
        if number != IMPLICIT_TLS:
            server.starttls(context=context)
        if config.get("user"):
            server.login(config["user"], config.get("password", ""))
        server.send_message(letter(notice, config))


CHANNEL = Channel(
    id="email", title="E-mail", fields=("host", "sender", "to", "user", "password"), secret=("password",),
    optional=("user", "password"), send=send, per_minute=20, longest=100_000,
)  # fmt: skip
