"""CipherTalk SQL: rows of one statement, names from the sessions table."""

from __future__ import annotations

from invented_wechat import CHAT, ROOM, ROWS, assert_conversation, plain, read, weflow_type

from ingest import Source, read_export


def dump() -> bytes:
    def literal(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    rows = [
        f"({literal(ROOM)}, {at}, {row.epoch}, 'x', {literal(weflow_type(row)[0])}, {literal(plain(row))}, 0, "
        f"{literal(row.sender or ROOM)}, {literal(row.name)}, {literal('卡') if row.sender else 'NULL'}, NULL)"
        for at, row in enumerate(ROWS)
    ]
    head = "-- 密语 CipherTalk - 聊天记录导出\nDELETE FROM messages WHERE session_wxid = 'x';\n"
    session = (
        f"INSERT INTO sessions (wxid, display_name, session_type) VALUES ('{ROOM}', {literal(CHAT)}, 'group');\n\n"
    )
    columns = (
        "session_wxid, local_id, create_time, formatted_time, msg_type, content, is_send, sender_username, "
        "sender_display_name, group_nickname, reply_to_message_id"
    )
    values = ",\n".join(rows)
    return f"{head}{session}INSERT INTO messages ({columns}) VALUES\n{values};\n-- 导出完成\n".encode()


def test_the_conversation_is_read_whole():
    rows = read(dump(), "x.sql")
    assert_conversation(rows, ids=True)
    assert {row["sender_card"] for row in rows if row["event"] is None} == {"卡"}


def test_the_chat_is_named_by_its_session():
    reading = read_export(Source.of_bytes(dump(), "x.sql"))
    list(reading)
    assert [(receipt.name, receipt.skipped) for receipt in reading.receipts.values()] == [(CHAT, [])]
