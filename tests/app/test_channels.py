"""Warnings reach people once, signed, and never a machine inside the network."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import http.server
import json
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest
from filelock import FileLock

from community.reasons import reason
from community.tables import ALERTS, CHATS
from nuanqun import subscriptions
from nuanqun.channels import Notice, channels, fit
from nuanqun.channels.email import letter
from nuanqun.errors import NotDelivered, NuanqunError, UnsafeAddress
from nuanqun.notify import deliver, notify, trial_notice
from nuanqun.outbound import Post, send
from nuanqun.parts import write_part
from nuanqun.schedule import keep_telling, tell_once
from nuanqun.settings import ChannelSettings
from nuanqun.store import Store

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOSTILE = "<!channel> [点我](http://evil.example) **粗** @所有人"
ANSWERS = {"wecom": b'{"errcode":0}', "dingtalk": b'{"errcode":0}', "feishu": b'{"code":0}', "slack": b"ok",
           "webhook": b""}  # fmt: skip


class Receiver:
    """A web server on this machine that keeps what it was sent."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), body))
                status, answer, headers = outer.answers.pop(0) if outer.answers else (200, b"{}", {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?key=SECRET-1234567890"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def settings(self) -> ChannelSettings:
        return ChannelSettings(inside=(f"127.0.0.1:{self.port}",))


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "w")


def plant(store: Store, alerts: list[tuple[str, str, str]]) -> None:
    """Write alerts (chat, rule, severity) and their chats as an analysis would."""
    for chat_id in sorted({chat for chat, _, _ in alerts}):
        rows = [
            {**blank(ALERTS), "chat_id": chat, "rule": rule, "start": NOW.date(), "end": NOW.date(), "severity": severity, "value": 0.4,
             "threshold": 0.1, "why": [reason("alert.test", name=HOSTILE)], "message_ids": [], "member_ids": [],
             "actions": []}
            for chat, rule, severity in alerts if chat == chat_id
        ]  # fmt: skip
        chat = {**blank(CHATS), "chat_id": chat_id, "name": f"群{HOSTILE}", "first": NOW, "last": NOW}
        with store.write() as change:
            for name, schema, body in (("alerts", ALERTS, rows), ("chats", CHATS, [chat])):
                table = pa.Table.from_pylist(body, schema=schema)
                change.replace.append(write_part(store.workspace, table, table_name=name, chat_id=chat_id))


def blank(schema: pa.Schema) -> dict[str, Any]:
    return {f.name: None if f.nullable else _zero(f.type) for f in schema}


def _zero(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind) or pa.types.is_map(kind):
        return []
    if pa.types.is_boolean(kind):
        return False
    if pa.types.is_string(kind):
        return ""
    return NOW if pa.types.is_timestamp(kind) else 0


def subscribe(store: Store, receiver: Receiver, kind: str = "webhook", **options) -> None:
    config = {"url": receiver.url} | ({"secret": "s3cret"} if "secret" in channels()[kind].fields else {})
    subscriptions.add(store.engine, kind, kind, config, inside=receiver.settings.inside, **options)


def run(store: Store, receiver: Receiver, at: datetime = NOW, **changes):
    pauses: list[float] = []
    told = notify(store, dataclasses.replace(receiver.settings, **changes), at, pause=pauses.append)
    return told, pauses


# --- payloads and signatures


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu", "slack", "webhook"])
def test_each_robot_gets_its_own_payload_and_takes_it(store, receiver, kind):
    receiver.answers = [(200, ANSWERS[kind], {})]
    subscribe(store, receiver, kind)
    (subscription,) = subscriptions.listed(store.engine)
    assert deliver(subscription, Notice("标题", ("第一行", HOSTILE)), receiver.settings, NOW) == ""
    ((_, headers, body),) = receiver.got
    assert headers["Content-Type"] == "application/json"
    document = json.loads(body)
    kinds = {"wecom": "markdown", "dingtalk": "markdown", "feishu": "interactive"}
    assert kinds.get(kind) == (document.get("msgtype") or document.get("msg_type"))
    assert "第一行" in body.decode()


@pytest.mark.parametrize(
    ("kind", "said"),
    [("wecom", b'{"errcode":93000,"errmsg":"invalid webhook"}'), ("dingtalk", b'{"errcode":310000,"errmsg":"sign"}'),
     ("feishu", b'{"code":19021,"msg":"sign match fail"}'), ("feishu", b'{"StatusCode":9499,"StatusMessage":"Bad"}'),
     ("slack", b"invalid_token"), ("wecom", b"<html>")],
)  # fmt: skip
def test_an_error_inside_a_200_answer_is_a_failure(store, receiver, kind, said):
    receiver.answers = [(200, said, {})] * 3
    subscribe(store, receiver, kind)
    (subscription,) = subscriptions.listed(store.engine)
    assert deliver(subscription, Notice("标题", ()), receiver.settings, NOW, pause=lambda s: None) != ""


def test_dingtalk_signs_the_time_with_the_secret(store, receiver):
    receiver.answers = [(200, ANSWERS["dingtalk"], {})]
    subscribe(store, receiver, "dingtalk")
    deliver(subscriptions.listed(store.engine)[0], Notice("标题", ()), receiver.settings, NOW)
    query = parse_qs(urlsplit(receiver.got[0][0]).query)
    at = query["timestamp"][0]
    digest = hmac.digest(b"s3cret", f"{at}\ns3cret".encode(), "sha256")
    assert query["sign"] == [base64.b64encode(digest).decode()] and at == str(int(NOW.timestamp() * 1000))


def test_feishu_signs_with_time_and_secret_as_the_key(store, receiver):
    receiver.answers = [(200, ANSWERS["feishu"], {})]
    subscribe(store, receiver, "feishu")
    deliver(subscriptions.listed(store.engine)[0], Notice("标题", ()), receiver.settings, NOW)
    body = json.loads(receiver.got[0][2])
    digest = hmac.digest(f"{body['timestamp']}\ns3cret".encode(), b"", "sha256")
    assert base64.b64decode(body["sign"]) == digest and body["timestamp"] == str(int(NOW.timestamp()))


def test_our_own_webhook_signs_the_body_it_sends(store, receiver):
    subscribe(store, receiver)
    deliver(subscriptions.listed(store.engine)[0], Notice("标题", ("行",), "k"), receiver.settings, NOW)
    _, headers, body = receiver.got[0]
    signed = headers["X-Nuanqun-Timestamp"].encode() + b"." + body
    assert headers["X-Nuanqun-Signature"] == hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()


def request(kind: str) -> Post:
    make = channels()[kind].post
    assert make is not None
    return make(Notice("标题", (HOSTILE,)), {"url": "https://example.com/x"}, NOW)


def test_names_cannot_mention_link_or_format():
    wecom = json.loads(request("wecom").body)
    assert "\\[点我\\](" in wecom["markdown"]["content"] and "\\*\\*粗" in wecom["markdown"]["content"]
    slack = request("slack").body.decode()
    assert "<!channel>" not in slack and "&lt;!channel&gt;" in slack


def test_an_e_mail_cannot_gain_headers_from_a_title():
    config = {"host": "mail.example:465", "sender": "暖群 <bot@example.com>".split("<")[1][:-1],
              "to": "a@example.com; b@example.com"}  # fmt: skip
    made = message_from_bytes(letter(Notice("标题\nBcc: evil@example.com", ("行",)), config).as_bytes())
    assert made["Bcc"] is None and made["To"] == "a@example.com, b@example.com"
    with pytest.raises(NuanqunError, match="no e-mail address"):
        letter(Notice("标题", ()), {**config, "to": "nobody"})


def test_long_texts_are_cut_at_a_line_and_the_rest_is_counted():
    text = fit(Notice("标题", tuple("很长的一行" * 20 for _ in range(50))), 2048, shape=lambda a, b: "\n".join([a, *b]))
    assert len(text.encode()) <= 2048 and "…… +" in text.splitlines()[-1]


# --- once, together, again


def test_a_warning_is_told_once_until_its_cooldown_ends(store, receiver):
    plant(store, [("a" * 32, "ad_flood", "warning")])
    subscribe(store, receiver)
    assert run(store, receiver)[0].delivered == {"webhook": 1}
    assert run(store, receiver, NOW + timedelta(days=6))[0].delivered == {}
    assert run(store, receiver, NOW + timedelta(days=8))[0].delivered == {"webhook": 1}
    assert len(receiver.got) == 2


def test_many_warnings_come_as_one_digest(store, receiver):
    plant(store, [(f"{n:032d}", "ad_flood", "critical") for n in range(9)])
    subscribe(store, receiver)
    assert run(store, receiver)[0].delivered == {"webhook": 9}
    ((_, _, body),) = receiver.got
    assert len(json.loads(body)["lines"]) == 9


def test_only_the_chats_and_severities_that_were_asked_for(store, receiver):
    plant(store, [("a" * 32, "ad_flood", "notice"), ("a" * 32, "mood_drop", "critical"), ("b" * 32, "x", "critical")])
    subscribe(store, receiver, least="warning", chats=["a" * 32])
    run(store, receiver)
    assert [json.loads(body)["key"] for _, _, body in receiver.got] == [f"{'a' * 32}/mood_drop"]


def test_a_failure_is_tried_again_with_growing_pauses_and_then_by_the_next_call(store, receiver):
    plant(store, [("a" * 32, "ad_flood", "warning")])
    subscribe(store, receiver)
    receiver.answers = [(500, b"", {})] * 3
    told, pauses = run(store, receiver)
    assert told.delivered == {} and "HTTP 500" in told.errors["webhook"]
    assert pauses == [1.0, 4.0] and len(receiver.got) == 3
    assert run(store, receiver, NOW + timedelta(minutes=5))[0].delivered == {"webhook": 1}


def test_what_nobody_takes_is_given_up(store, receiver):
    plant(store, [("a" * 32, "ad_flood", "warning")])
    subscribe(store, receiver)
    receiver.answers = [(500, b"", {})] * 99
    for call in range(4):
        run(store, receiver, NOW + timedelta(hours=call), tries=1, give_up=3)
    assert len(receiver.got) == 3


def test_no_more_messages_a_minute_than_the_service_bears(store, receiver):
    plant(store, [(f"{n:032d}", "ad_flood", "critical") for n in range(70)])
    subscribe(store, receiver)
    subscriptions.record(store.engine, 1, ["before"], NOW)
    for second in range(59):
        subscriptions.record(store.engine, 1, [f"old{second}"], NOW - timedelta(seconds=second + 0.5))
    assert run(store, receiver)[0].waiting == {"webhook": 70}
    assert receiver.got == []


def test_two_servers_of_one_workspace_never_tell_twice(store, receiver):
    plant(store, [("a" * 32, "ad_flood", "warning")])
    subscribe(store, receiver)
    with FileLock(store.workspace / "notify.lock"):
        assert tell_once(store, receiver.settings, NOW) is None
    told = tell_once(store, receiver.settings, NOW)
    assert told is not None and told.delivered == {"webhook": 1}


def test_a_running_server_tells_by_itself_and_outlives_a_failure(store, receiver, monkeypatch):
    plant(store, [("a" * 32, "ad_flood", "warning")])
    subscribe(store, receiver)
    stop, rounds = threading.Event(), []

    def first_fails(*args):
        rounds.append(args)
        if len(rounds) == 1:
            raise OSError("disk full")
        stop.set()
        return notify(*args)

    monkeypatch.setattr("nuanqun.schedule.notify", first_fails)
    keep_telling(store, dataclasses.replace(receiver.settings, every_minutes=0.0001), stop)
    assert len(rounds) == 2 and len(receiver.got) == 1


# --- the door


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x", "https://10.0.0.8/x", "https://169.254.169.254/",
     "https://[::ffff:127.0.0.1]/x", "https://[64:ff9b::7f00:1]/x", "https://[2002:7f00:1::1]/x", "https://[::127.0.0.1]/x",
     "https://[fec0::1]/x", "https://[fe80::1]/x", "https://[ff02::1]/x", "https://224.0.0.1/x", "https://240.0.0.1/x",
     "https://0.0.0.0/x", "https://2130706433/x", "https://100.64.0.1/x",
     "http://example.com/x", "ftp://example.com/x", "https://user:pw@example.com/x", "file:///etc/passwd", "https://[/x"],
)  # fmt: skip
def test_addresses_inside_and_odd_urls_are_refused(url):
    with pytest.raises((UnsafeAddress, NotDelivered)) as refused:
        send(Post(url, b"{}"), hosts=(), inside=())
    if "2130706433" not in url:  # some resolvers do not read a number as an address
        assert isinstance(refused.value, UnsafeAddress)


def test_a_robot_may_only_be_called_at_its_own_host():
    with pytest.raises(UnsafeAddress, match="oapi.dingtalk.com"):
        send(Post("https://example.com/robot/send", b"{}"), hosts=("oapi.dingtalk.com",), inside=())


def test_a_redirect_is_not_followed(store, receiver):
    receiver.answers = [(302, b"", {"Location": "http://169.254.169.254/latest"})]
    with pytest.raises(NotDelivered, match="302"):
        send(Post(receiver.url, b"{}"), hosts=(), inside=receiver.settings.inside)


def test_a_name_that_leads_inside_is_refused(monkeypatch):
    answer = [(2, 1, 6, "", ("93.184.215.14", 443)), (2, 1, 6, "", ("192.168.1.1", 443))]
    monkeypatch.setattr("nuanqun.outbound.socket.getaddrinfo", lambda *a, **k: answer)
    with pytest.raises(UnsafeAddress, match=r"192\.168\.1\.1"):
        send(Post("https://hooks.example.com/x", b"{}"), hosts=(), inside=())


# --- what is kept


def test_secrets_are_shown_masked_and_never_in_an_error(store, receiver):
    subscribe(store, receiver)
    (subscription,) = subscriptions.listed(store.engine)
    assert "SECRET" not in str(subscription.shown()) and subscription.shown()["url"].endswith("7890")
    receiver.server.shutdown()
    receiver.server.server_close()
    error = deliver(subscription, trial_notice(NOW), receiver.settings, NOW, pause=lambda s: None)
    assert error and "SECRET" not in error and "s3cret" not in error


def test_a_bad_configuration_says_what_is_missing(store):
    with pytest.raises(NuanqunError, match="missing url"):
        subscriptions.add(store.engine, "x", "wecom", {})
    with pytest.raises(NuanqunError, match="choose one of"):
        subscriptions.add(store.engine, "x", "pigeon", {})
    with pytest.raises(UnsafeAddress):
        subscriptions.add(store.engine, "x", "webhook", {"url": "http://10.0.0.1/x"})


def test_a_removed_channel_hears_nothing(store, receiver):
    plant(store, [("a" * 32, "ad_flood", "warning")])
    subscribe(store, receiver)
    subscriptions.switch(store.engine, 1, enabled=False)
    assert run(store, receiver)[0].delivered == {}
    subscriptions.remove(store.engine, 1)
    assert subscriptions.listed(store.engine) == []
