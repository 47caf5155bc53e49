"""One small invented export for every format of Telegram HTML, Discord, Slack, Meta, Matrix, IRC, Zulip, Google, Signal.

Each holds the same three records: a message, an answer of two lines, and a third thing the dialect can hold.
"""

from __future__ import annotations

import json

STAMP = 1699059900

TELEGRAM_HTML = """<!DOCTYPE html><html><head><title>Exported Data</title></head><body><div class="page_wrap">
<div class="page_header"><div class="content"><div class="text bold">花店夜读</div></div></div>
<div class="page_body chat_page"><div class="history">
<div class="message service" id="message-1"><div class="body details">4 November 2023</div></div>
<div class="message default clearfix" id="message1"><div class="body"><div class="pull_right date details"
 title="04.11.2023 09:05:00 UTC+08:00">09:05</div><div class="from_name">阿竹</div><div class="text">今晚读第三章</div></div></div>
<div class="message default clearfix joined" id="message2"><div class="body"><div class="pull_right date details"
 title="04.11.2023 09:06:10 UTC+08:00">09:06</div><div class="text">好，<br>明白</div></div></div>
<div class="message service" id="message3"><div class="body details">阿竹 invited 柚子</div></div>
</div></div></div></body></html>"""

_ITEM = (
    '<li class="message type-{}" id="{}"><div class="body"><div class="meta"><a href="https://t.me/{}" class="username">'
    '@{}</a><span class="date">{}</span></div><div class="text">{}</div></div></li>\n'
)
TG_ARCHIVE = (
    '<!DOCTYPE html><html><body><nav class="nav"><a href="./">@yedu</a></nav><ul class="messages">\n'
    + _ITEM.format("message", 1, "zhu", "zhu", "09:05 AM, 04 Nov 2023", "今晚读第三章")
    + _ITEM.format("message", 2, "tang", "tang", "09:06 AM, 04 Nov 2023", "好，<br>明白")
    + _ITEM.format("user_joined", 3, "you", "you", "09:40 PM, 04 Nov 2023", "Joined.")
    + "</ul></body></html>"
)


def _discord(number: int, kind: str, content: str) -> dict:
    author = {"id": str(number), "name": f"user{number}", "nickname": "阿竹", "isBot": False}
    stamp = f"2023-11-04T09:0{number}:00.5+08:00"
    return {"id": f"9{number}", "type": kind, "timestamp": stamp, "content": content, "author": author}


DISCORD_JSON = json.dumps(
    {
        "guild": {"id": "1", "name": "书屋"},
        "channel": {"id": "5", "type": "GuildTextChat", "name": "花店夜读"},
        "messages": [
            _discord(1, "Default", "今晚读第三章"),
            _discord(2, "Reply", "好，\n明白"),
            _discord(3, "GuildMemberJoin", "Joined the server."),
        ],
    },
    indent=1,
)
DISCORD_CSV = (
    "AuthorID,Author,Date,Content,Attachments,Reactions\n"
    '"1","zhu","2023-11-04T09:05:00.1230000+08:00","今晚读第三章","",""\n'
    '"2","tang","2023-11-04T09:06:10.1230000+08:00","好，\n明白","",""\n'
    '"3","you","2023-11-04T21:40:00.1230000+08:00","Joined the server.","",""\n'
)
DISCORD_TXT = (
    f"{'=' * 62}\nGuild: 书屋\nChannel: 文字 / 花店夜读\n{'=' * 62}\n\n"
    "[11/14/2023 9:05 AM] zhu\n今晚读第三章\n\n\n[11/14/2023 9:06 AM] tang\n好，\n明白\n\n\n"
    f"[11/14/2023 9:40 PM] you\nJoined the server.\n\n\n{'=' * 62}\nExported 3 message(s)\n{'=' * 62}\n"
)
_CONTAINER = (
    '<div class="chatlog__message-group"><div class="chatlog__message-container" data-message-id="{0}"><span '
    'class="chatlog__author" title="user{0}" data-user-id="{0}">阿竹</span><span class="chatlog__timestamp" '
    'title="Saturday, November 4, 2023 9:0{0} AM">x</span><div class="chatlog__content"><span '
    'class="chatlog__markdown-preserve">{1}</span></div></div></div>\n'
)
DISCORD_HTML = "<!DOCTYPE html><html><body><div class='chatlog'>" + "".join(
    _CONTAINER.format(number, text) for number, text in ((1, "今晚读第三章"), (2, "好，\n明白"), (3, "再见"))
)

SLACK = json.dumps(
    [
        {"type": "message", "user": "U1", "ts": f"{STAMP}.000100", "text": "今晚读第三章"},
        {"type": "message", "user": "U2", "ts": f"{STAMP}.000200", "text": "好，\n明白"},
        {"type": "message", "user": "U3", "ts": f"{STAMP}.000300", "text": "joined", "subtype": "channel_join"},
    ],
    indent=1,
)


def _meta(text: str) -> str:
    return text.encode().decode("latin-1")


MESSENGER = json.dumps(
    {
        "participants": [{"name": _meta("阿竹")}, {"name": _meta("小棠")}],
        "messages": [
            {
                "sender_name": _meta("小棠"),
                "timestamp_ms": 1000 * STAMP + 9000,
                "content": _meta("小棠 left the group."),
            },
            {"sender_name": _meta("小棠"), "timestamp_ms": 1000 * STAMP + 5000, "content": _meta("好，\n明白")},
            {"sender_name": _meta("阿竹"), "timestamp_ms": 1000 * STAMP, "content": _meta("今晚读第三章")},
        ],
        "title": _meta("花店夜读"),
    },
    indent=1,
)
_BOX = (
    '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder"><div class="_2ph_ _a6-h _a6-i">{}</div><div class="_2ph_ _a6-p">'
    '<div>{}</div></div><div class="_3-94 _a6-o">Nov 04, 2023 09:0{}:00 am</div></div>\n'
)
MESSENGER_HTML = "<html><head><title>花店夜读</title></head><body>" + "".join(
    _BOX.format(name, text, minute)
    for name, text, minute in (
        ("小棠", "小棠 left the group.", 7),
        ("小棠", "好，<br>明白", 6),
        ("阿竹", "今晚读第三章", 5),
    )
)


def _event(number: int, kind: str, content: dict, **more) -> dict:
    stamp = 1000 * (STAMP + number)
    return {
        "type": kind,
        "sender": "@zhu:x.org",
        "origin_server_ts": stamp,
        "event_id": f"${number}",
        "room_id": "!r:x.org",
        "content": content,
        **more,
    }


MATRIX_JSON = json.dumps(
    {
        "room_name": "花店夜读",
        "room_creator": "阿竹",
        "exported_by": "阿竹",
        "messages": [
            _event(1, "m.room.message", {"msgtype": "m.text", "body": "今晚读第三章"}),
            _event(2, "m.room.message", {"msgtype": "m.text", "body": "好，\n明白"}),
            _event(3, "m.room.member", {"membership": "join"}, state_key="@zhu:x.org"),
        ],
    },
    indent=2,
)
MATRIX_TXT = (
    "11/14/2023, 9:05:00 AM - 阿竹: 今晚读第三章\n11/14/2023, 9:06:10 AM - 小棠: 好，\n明白\n"
    "11/14/2023, 9:40:00 PM - 柚子 joined the room\n"
)
_TILE = (
    '<div class="mx_Export_EventWrapper" id="${0}"><li class="mx_EventTile"><div class="mx_DisambiguatedProfile"><span '
    'class="mx_DisambiguatedProfile_displayName">阿竹</span></div><span class="mx_MessageTimestamp" title="Sat, Nov 4 2023 '
    '09:0{0}:00">x</span><div class="mx_EventTile_line"><span class="mx_EventTile_body">{1}</span></div></li></div>\n'
)
MATRIX_HTML = '<html><div class="mx_RoomHeader_nametext" title="t">花店夜读</div><ol>' + "".join(
    _TILE.format(number, text) for number, text in ((1, "今晚读第三章"), (2, "好，<br>明白"), (3, "再见"))
)

WEECHAT = (
    "2023-11-04 09:05:00\tzhu\t今晚读第三章\n2023-11-04 09:06:10\t@tang\t好\n"
    "2023-11-04 21:40:00\t-->\tyou (~y@host) has joined #yedu\n"
)
ZNC = "[09:05:00] <zhu> 今晚读第三章\n[09:06:10] <tang> 好\n[21:40:00] *** Joins: you (~y@host)\n"
HEXCHAT = (
    "**** BEGIN LOGGING AT Sat Nov  4 09:00:00 2023\n\nNov 04 09:05:00 <zhu>\t今晚读第三章\nNov 04 09:06:10 <tang>\t好\n"
    "Nov 04 21:40:00 *\tyou (~y@host) has joined\n"
)
DIRCPROXY = "[4 Nov 09:05] <zhu!z@host> +今晚读第三章\n[4 Nov 09:06] <tang!t@host> +好\n[4 Nov 21:40] * you waves\n"
ISO = "2023-11-04T09:05:00  <zhu> 今晚读第三章\n2023-11-04T09:06:10  <tang> 好\n2023-11-04T21:40:00  *** you has joined #yedu\n"

ZULIP = json.dumps(
    {
        "zerver_message": [
            {"id": i, "sender": i, "recipient": 5, "subject": "夜读", "content": text, "date_sent": STAMP + i + 0.5}
            for i, text in ((1, "今晚读第三章"), (2, "好，\n明白"), (3, "/me 点头"))
        ]
    }
)
ZULIP_ARCHIVE = json.dumps(
    [
        {"content": f"<p>{text}</p>", "id": i, "sender_full_name": "阿竹", "timestamp": STAMP + i}
        for i, text in ((1, "今晚读第三章"), (2, "好，<br>明白"), (3, "再见"))
    ]
)
GOOGLE_CHAT = json.dumps(
    {
        "messages": [
            {
                "creator": {"name": "阿竹", "email": f"z{i}@example.org", "user_type": "Human"},
                "created_date": f"Saturday, November 4, 2023 at 1:0{i}:00\u202fAM UTC",
                "text": text,
                "topic_id": f"t{i}",
                "message_id": f"A/t{i}/m{i}",
            }
            for i, text in ((1, "今晚读第三章"), (2, "好，\n明白"), (3, "再见"))
        ]
    },
    indent=2,
    ensure_ascii=False,
)
SIGNAL = (
    "[2023-11-04, 09:05] 阿竹: 今晚读第三章\n[2023-11-04, 09:06] 小棠: 好，\n明白\n[2023-11-04, 21:40] 阿竹: 再见\n"
)

WORLDWIDE: list[tuple[str, str, bytes, int]] = [
    ("telegram_html", "messages.html", TELEGRAM_HTML.encode(), 3),
    ("tg_archive", "2023-11.html", TG_ARCHIVE.encode(), 3),
    ("discord_json", "书屋 - 花店夜读 [1100000000029360128].json", DISCORD_JSON.encode(), 3),
    ("discord_csv", "书屋 - 花店夜读.csv", DISCORD_CSV.encode("utf-8-sig"), 3),
    ("discord_txt", "书屋 - 花店夜读.txt", DISCORD_TXT.replace("\n", "\r\n").encode(), 3),
    ("discord_html", "书屋 - 花店夜读.html", DISCORD_HTML.encode(), 3),
    ("slack", "2023-11-04.json", SLACK.encode(), 3),
    ("messenger_json", "message_1.json", MESSENGER.encode("utf-8-sig"), 3),
    ("messenger_html", "message_1.html", MESSENGER_HTML.encode(), 3),
    ("matrix_json", "export.json", MATRIX_JSON.encode(), 3),
    ("matrix_txt", "matrix-room.txt", MATRIX_TXT.encode(), 3),
    ("matrix_txt", "matrix-room.txt", MATRIX_TXT.encode("utf-16"), 3),
    ("matrix_html", "messages.html", MATRIX_HTML.encode(), 3),
    ("irc_weechat", "irc.x.#yedu.weechatlog", WEECHAT.encode(), 3),
    ("irc_znc", "#yedu_20231104.log", ZNC.encode(), 3),
    ("irc_znc", "#yedu_20231104.log", ZNC.encode("gb18030"), 3),
    ("irc_hexchat", "x-#yedu.log", HEXCHAT.encode(), 3),
    ("irc_dircproxy", "2023-yedu.log", DIRCPROXY.encode(), 3),
    ("irc_iso", "yedu.log", ISO.encode(), 3),
    ("zulip_export", "messages-000001.json", ZULIP.encode(), 3),
    ("zulip_archive", "12-夜读.json", ZULIP_ARCHIVE.encode(), 3),
    ("google_chat", "messages.json", GOOGLE_CHAT.encode(), 3),
    ("signal_txt", "花店夜读.txt", SIGNAL.encode("utf-8-sig"), 3),
]
