"""The dashboard as one web server: Streamlit behind a gate and a middleware, bound to 127.0.0.1 unless asked otherwise.

The gate lets nobody in without a session. The middleware tells the browser which language the page is in, translates
Streamlit's own English by a fixed dictionary (`builtin` in data/words), and adds the headers of
dashboard.headers. Example: `serve(Path("workspace"), port=8501, open_browser=True)`.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import secrets
import socket
import threading
import webbrowser
from functools import cache
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import api, enter, languages
from dashboard.gate import Gate
from dashboard.headers import headers_of
from dashboard.languages import of_scope
from dashboard.opened import store, without_login
from dashboard.words import catalogue, t
from nuanqun import accounts, jobs, worker
from nuanqun.errors import Forbidden
from nuanqun.language import HTML, language, speaking
from nuanqun.schedule import keep_telling
from nuanqun.settings import load_settings

HOST = "127.0.0.1"
_PORTS_TRIED = 20
_LONGEST_MESSAGE = 2**26  # bytes a browser may send at once; uploads do not come this way
_log = logging.getLogger("nuanqun.dashboard")

_TRANSLATOR = """<script>
(() => {
  const words = new Map(Object.entries(__WORDS__));
  const patterns = __PATTERNS__.map(([from, to]) => [new RegExp(from), to]);
  const chat = ".nq-messages, [data-testid='stText'], [data-testid='stDataFrame'], input, textarea";
  const say = (text) => {
    const bare = text.trim();
    if (!/[A-Za-z]{2}/.test(bare)) return null;
    if (words.has(bare)) return text.replace(bare, () => words.get(bare));
    for (const [from, to] of patterns) if (from.test(bare)) return bare.replace(from, to);
    return null;
  };
  const translate = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (node.parentElement && node.parentElement.closest(chat)) return;
      const said = say(node.data);
      if (said !== null && said !== node.data) node.data = said;
      return;
    }
    if (node.nodeType !== Node.ELEMENT_NODE || node.tagName === "SCRIPT" || node.tagName === "STYLE") return;
    for (const name of ["title", "aria-label", "placeholder"]) {
      const said = node.hasAttribute(name) ? say(node.getAttribute(name)) : null;
      if (said !== null && said !== node.getAttribute(name)) node.setAttribute(name, said);
    }
    node.childNodes.forEach(translate);
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(translate);
      else translate(change.target);
    }
  }).observe(document, {
    subtree: true, childList: true, characterData: true,
    attributes: true, attributeFilter: ["title", "aria-label", "placeholder"],
  });
})();
</script>"""


@cache
def translator(name: str) -> str:
    """The script that puts Streamlit's own words into a language; English has none to put."""
    texts = catalogue(name) if name != "en" else {}
    words = {k.removeprefix("builtin."): v for k, v in texts.items() if k.startswith("builtin.")}
    patterns = [[k.removeprefix("pattern."), v] for k, v in texts.items() if k.startswith("pattern.")]
    filled = _TRANSLATOR.replace("__WORDS__", json.dumps(words, ensure_ascii=False))
    return filled.replace("__PATTERNS__", json.dumps(patterns, ensure_ascii=False))


LOOKS = """<style>@media (prefers-color-scheme: dark) {
  [data-testid="stButtonGroup"] [data-selected="true"] p, [data-testid="stSliderThumbValue"] p { color: #85b8f8; }
}</style>"""
"""What the theme cannot say: chosen options and values are drawn in the primary colour, 3.5:1 on a dark page; 8:1."""


class LocalPage:
    """ASGI middleware: rewrites the one HTML page and adds the security headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything but HTML through unchanged; whatever answers speaks the visitor's language."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with speaking(of_scope(scope)):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        script = translator(language())
        headers = headers_of(scope, [script])
        if scope["method"] != "GET":
            await self.app(scope, receive, _Rewriter(send, None, headers))
            return
        if "text/html" in Headers(scope=scope).get("accept", ""):
            # A cached page would miss the rewrite after an upgrade, a compressed one could not be rewritten.
            dropped = {b"if-none-match", b"if-modified-since", b"accept-encoding"}
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in dropped]}
        await self.app(scope, receive, _Rewriter(send, script, headers))


class _Rewriter:
    """Adds the headers, and with a script holds back an HTML answer until it is whole; all else streams on."""

    def __init__(self, send: Send, script: str | None, headers: dict[str, str]) -> None:
        self.send = send
        self.script = script
        self.headers = headers
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(self.headers)
            headers.setdefault("cache-control", "no-store")
            is_page = headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
            if is_page and self.script is not None:
                self.start = message
                return
        elif message["type"] == "http.response.body" and self.start is not None:
            self.body += message.get("body", b"")
            if message.get("more_body"):
                return
            await self._send_page()
            return
        await self.send(message)

    async def _send_page(self) -> None:
        assert self.start is not None
        page = self.body.decode("utf-8")
        page = page.replace('<html lang="en">', f'<html lang="{HTML[language()]}">', 1)
        page = page.replace("<title>Streamlit</title>", f"<title>{t('app.name')}</title>", 1)
        body = page.replace("</head>", f"{LOOKS}{self.script}</head>", 1).encode("utf-8")
        headers = MutableHeaders(scope=self.start)
        headers["content-length"] = str(len(body))
        headers["cache-control"] = "no-cache"
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})


def show_error(error: Exception) -> bool:
    """What a person sees when a page fails: what to do and an id that is also in the log; never a traceback."""
    if isinstance(error, Forbidden):
        st.error(t("error.forbidden"), icon="🔒")
        return True
    name = secrets.token_hex(4)
    _log.error("page failed, error %s", name, exc_info=error)
    st.error(t("error.page", id=name), icon="⚠️")
    return True


def shields() -> list[Middleware]:
    """What stands before every page and route, outermost first."""
    standing = [Middleware(Gate)]
    if without_login():  # a name that another site points at this machine must not reach the person without a login
        standing.insert(0, Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"]))
    return standing


def build_app() -> ASGIApp:
    """The ASGI application: Streamlit, the login's own pages, and what stands before them.

    LocalPage is outermost, so that errors of the server itself carry its headers too.
    """
    script = Path(__file__).with_name("app.py")
    own = [*enter.routes(), *languages.routes(), *api.routes()]
    return LocalPage(st.App(script, routes=own, middleware=shields(), on_script_error=show_error))


def serve(
    workspace: Path, port: int = 8501, open_browser: bool = True, *, host: str = HOST, login: bool | None = None
) -> None:
    """Serve the workspace at `host`:`port` (or the next free port) until stopped.

    `login` None asks for one as soon as there is an account. Raises Forbidden: without login to other machines.
    """
    os.environ["NUANQUN_WORKSPACE"] = str(Path(workspace).resolve())
    wanted = accounts.any_account(store().engine) if login is None else login
    if not wanted and host != HOST:
        raise Forbidden(f"without a login only this machine is served: use --host {HOST}, or leave --no-login out")
    os.environ["NUANQUN_NO_LOGIN"] = "0" if wanted else "1"
    os.environ["NUANQUN_AFAR"] = "0" if host == HOST else "1"
    if jobs.open_jobs(store().engine):  # what a restart interrupted goes on
        worker.ensure(Path(workspace).resolve())
    config = uvicorn.Config(
        build_app(),
        host=host,
        port=free_port(port, host),
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=_LONGEST_MESSAGE,
    )
    url = f"http://{host}:{config.port}"
    print(t("app.serving", url=url), flush=True)  # noqa: T201  the one line a person waits for
    if wanted and host != HOST and not accounts.any_account(store().engine):
        print(t("enter.code_said", code=enter.setup_code), flush=True)  # noqa: T201
    if open_browser:
        threading.Timer(1.5, webbrowser.open, [url]).start()
    stop = threading.Event()
    channels = load_settings(workspace).channels
    threading.Thread(target=keep_telling, args=(store(), channels, stop), daemon=True).start()
    try:
        uvicorn.Server(config).run()
    finally:
        stop.set()


def free_port(wanted: int, host: str = HOST) -> int:
    """`wanted` or the first free port after it, any for 0; raises OSError when twenty in a row are taken."""
    for port in range(wanted, wanted + _PORTS_TRIED) if wanted else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise OSError(f"ports {wanted} to {wanted + _PORTS_TRIED - 1} are all taken; choose another with --port")


def main() -> None:
    """`python -m dashboard.server --workspace W --port P [--host H] [--no-login | --login] [--no-browser]`."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.server", description="Serve a workspace.")
    parser.add_argument("--workspace", type=Path, default=Path("workspace"))
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--login", action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument("--no-browser", action="store_true")
    chosen = parser.parse_args()
    serve(chosen.workspace, chosen.port, not chosen.no_browser, host=chosen.host, login=chosen.login)


if __name__ == "__main__":
    main()
