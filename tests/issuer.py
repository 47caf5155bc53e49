"""A small OpenID provider on this machine: says yes to everybody and hands out what the test wants to be true.

Example: `with issuer() as it: it.claims |= {"email": "li@example.org", "groups": ["ops"]}`; `it.url` is its address.
"""

from __future__ import annotations

import secrets
import socket
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route


@dataclass
class Issuer:
    """Address, key and the claims of whoever logs in next; `codes` are logins on their way."""

    url: str
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "alg": "RS256", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    async def about(self, _: Request) -> Response:
        """The discovery document."""
        ends = {name: f"{self.url}/{name.split('_')[0]}" for name in ("authorization_endpoint", "token_endpoint")}
        more = {"jwks_uri": f"{self.url}/keys", "id_token_signing_alg_values_supported": ["RS256"]}
        more |= {"response_types_supported": ["code"], "subject_types_supported": ["public"]}
        return JSONResponse({"issuer": self.url, **ends, **more, "code_challenge_methods_supported": ["S256"]})

    async def authorize(self, request: Request) -> Response:
        """Back at once with a code."""
        code, asked = secrets.token_hex(8), dict(request.query_params)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def token(self, request: Request) -> Response:
        """An id token for a code, once, and only to who began with it."""
        form = await request.form()
        asked = self.codes.pop(str(form["code"]), {})
        proof = urlsafe_b64encode(sha256(str(form.get("code_verifier", "")).encode()).digest()).rstrip(b"=").decode()
        if asked.get("code_challenge") and asked["code_challenge"] != proof:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        body = {"iss": self.url, "aud": asked["client_id"], "iat": now, "exp": now + 600, **self.claims}
        body |= {"nonce": asked["nonce"]} if "nonce" in asked else {}
        said = jwt.encode({"alg": "RS256", "kid": "1"}, body, self.key)
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "expires_in": 600, "id_token": said})

    async def keys(self, _: Request) -> Response:
        """The public key."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})


def free_port() -> int:
    """A port of this machine that nobody holds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def issuer() -> Iterator[Issuer]:
    """A provider that answers until the block ends."""
    port = free_port()
    it = Issuer(f"http://127.0.0.1:{port}")
    routes = [
        Route("/.well-known/openid-configuration", it.about), Route("/authorization", it.authorize),
        Route("/token", it.token, methods=["POST"]), Route("/keys", it.keys),
    ]  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), "127.0.0.1", port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield it
    finally:
        server.should_exit = True
        thread.join(10)
