"""Security headers of every answer: a page loads, runs and talks to nothing but this server.

Inline scripts run only when they are byte for byte Streamlit's own or our translator: their hashes are in the policy.
Vega-Lite compiles its expressions, so 'unsafe-eval' stays; Streamlit styles inline, so 'unsafe-inline' stays there.
Example: `headers_of(scope, [translator("zh-CN")])["Content-Security-Policy"]`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

import streamlit
from starlette.datastructures import Headers
from starlette.types import Scope

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers name no origin even to us
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def headers_of(scope: Scope, scripts: Iterable[str] = ()) -> dict[str, str]:
    """The headers of the answer to a request; `scripts` are HTML whose inline scripts may run."""
    found = FIXED | {"Content-Security-Policy": policy(Headers(scope=scope).get("host", ""), scripts)}
    if scope.get("scheme") == "https":
        found["Strict-Transport-Security"] = "max-age=31536000"
    return found


def policy(host: str, scripts: Iterable[str] = ()) -> str:
    """The Content-Security-Policy (level 3) of a page at `host`; older Safari needs the socket's address said."""
    hashes = " ".join(f"'{digest}'" for html in (_shell(), *scripts) for digest in hashes_of(html))
    socket = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' {hashes} 'unsafe-eval' blob:",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{socket}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        ]
    )


@cache
def hashes_of(html: str) -> tuple[str, ...]:
    """What a policy says of the inline scripts of a text."""
    found = (sha256(script.encode("utf-8")).digest() for script in _INLINE.findall(html))
    return tuple(f"sha256-{base64.b64encode(digest).decode()}" for digest in found)


@cache
def _shell() -> str:
    """The one HTML page of Streamlit."""
    return (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
