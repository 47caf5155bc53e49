"""The only door to the network: one POST to a host that the admin configured, never to a machine inside.

A webhook URL is input like any other: it may name an address of this network, a name that resolves to one, or a page
that redirects there. The name is resolved once, every address must be public, the connection goes to that very
address while TLS checks the name, and redirects are refused (OWASP, Server-Side Request Forgery Prevention).
Example: `send(Post("https://hooks.slack.com/services/x", b"{}"), hosts=("hooks.slack.com",), inside=())`.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

import urllib3

from nuanqun.channels import Post
from nuanqun.errors import NotDelivered, UnsafeAddress

TIMEOUT = urllib3.Timeout(connect=5, read=15)
_WRAPPERS = tuple(ipaddress.IPv6Network(net) for net in ("::ffff:0:0/96", "64:ff9b::/96", "::/96"))
MOST = 65_536
"""Bytes of an answer that are read."""


def send(post: Post, *, hosts: Sequence[str], inside: Sequence[str]) -> bytes:
    """Make the request and return the answer's body (at most 64 KiB).

    `hosts` are the only hosts allowed (empty: any public one); `inside` are host:port of the admin's own network,
    which may be private and speak plain http. Raises UnsafeAddress before anything is sent, NotDelivered after.
    """
    check(post.url, hosts=hosts, inside=inside)
    url = urlsplit(post.url)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    known = f"{host}:{port}" in inside
    address = _resolve(host, port, private=known)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    headers = {"Host": url.netloc, "Content-Type": "application/json", "User-Agent": "nuanqun", **post.headers}
    try:
        with _pool(url.scheme, address, port, host) as pool:
            answer = pool.request("POST", path, body=post.body, headers=headers, redirect=False, preload_content=False)
            body = answer.read(MOST)
            answer.release_conn()
    except urllib3.exceptions.HTTPError as error:
        raise NotDelivered(f"{host}: {type(error).__name__}. Is the network up, and the address right?") from error
    if answer.status >= 300:
        raise NotDelivered(f"{host} answered HTTP {answer.status}; expected 200. Is the address still valid?")
    return body


def check(address: str, *, hosts: Sequence[str], inside: Sequence[str]) -> None:
    """Raise UnsafeAddress when a URL may not be called by what it says alone, before its name is looked up."""
    try:
        url = urlsplit(address)
        host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    except ValueError as error:
        raise UnsafeAddress(f"the address cannot be read ({error}); expected https://host/path.") from error
    known = f"{host}:{port}" in inside
    if not host or url.username is not None or url.scheme not in ("https", "http"):
        raise UnsafeAddress("the address must be https://host/path, without a user name in it.")
    if known:
        return
    if url.scheme != "https":
        raise UnsafeAddress(f"{host}: only https is allowed to the outside; name {host}:{port} in channels.inside.")
    if hosts and host not in hosts:
        raise UnsafeAddress(f"{host} is not a host of this channel; expected {' or '.join(hosts)}.")


def _resolve(host: str, port: int, *, private: bool) -> str:
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise NotDelivered(
            f"{host} cannot be found ({error.strerror}). Is the network up, and the name right?"
        ) from error
    for address in found:
        if not private and not is_public(ipaddress.ip_address(address.split("%")[0])):
            raise UnsafeAddress(
                f"{host} leads to {address}, which is not a public address. If it is yours, name {host}:{port} in "
                "channels.inside of nuanqun.toml."
            )
    return found[0]


def is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is a machine of the open internet, also where it only wraps another address."""
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in net for net in _WRAPPERS):  # the last 32 bits (RFC 6052, RFC 4291) name the machine meant
            return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if ip.sixtofour is not None or ip.teredo is not None or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _pool(scheme: str, address: str, port: int, host: str) -> urllib3.HTTPConnectionPool:
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=TIMEOUT, retries=False)
    return urllib3.HTTPSConnectionPool(
        address, port, timeout=TIMEOUT, retries=False, server_hostname=host, assert_hostname=host
    )
