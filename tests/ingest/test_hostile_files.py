"""Files made to hurt: bombs, depth, absurd numbers. Each ends in chats or a named refusal, soon and in little memory."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from fuzz import outcome, time_limit
from openpyxl import Workbook

from ingest.errors import IngestError, UnsafeArchive
from ingest.source import Source
from ingest.tables import read_sheets

DEEP = 200_000
LONG = 1 << 20


def telegram(message: str) -> str:
    return f'{{"name": "群", "type": "private_supergroup", "id": 1, "messages": [{message}]}}'


def message(**more: object) -> str:
    plain = {"id": 1, "type": "message", "date": "2024-01-01T10:00:00", "date_unixtime": "1704103200", "from": "li",
             "from_id": "user1", "text": "好", "text_entities": []}  # fmt: skip
    return json.dumps(plain | more)


def in_message(key: str, raw: str) -> str:
    """A message in which `raw` stands unquoted for one value."""
    return telegram(message(**{key: "@@"}).replace('"@@"', raw))


HEADER = "StrTime,NickName,Sender,StrContent,Type\n"
XML_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n else str()};" * 20}">' for n in range(12))
    + "]><msg><appmsg><title>&a11;</title><type>57</type></appmsg></msg>"
)
OUTSIDE = '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><msg><appmsg><title>&x;</title></appmsg></msg>'

FILES: dict[str, str] = {
    "deep-array.json": "[" * DEEP,
    "deep-object.json": '{"messages":' * DEEP,
    "deep-in-text.json": in_message("text", "[" * DEEP + "]" * DEEP),
    "deep-in-unknown-key.json": in_message("extra", '{"a":' * DEEP + "1" + "}" * DEEP),
    "deep-line.jsonl": '{"_type": "header"}\n' + "[" * DEEP + "\n",
    "digits.json": in_message("id", "9" * 50_000),
    "exponent.json": in_message("id", "1e999999"),
    "time-of-digits.json": in_message("date_unixtime", f'"{"9" * 50_000}"'),
    "time-too-late.json": in_message("date_unixtime", '"99999999999999999"'),
    "time-before-all.json": in_message("date_unixtime", '"-99999999999999999"'),
    "lone-surrogate.json": in_message("text", '"\\ud800 \\udfff"'),
    "name-of-a-megabyte.json": telegram(message(**{"from": "名" * LONG})),
    "many-keys.json": telegram(json.dumps({f"k{n}": n for n in range(50_000)})),
    "repeated-text.csv": HEADER + f'2024-01-01 10:00:00,li,li,"{"a" * LONG}",1\n',
    "open-quote.csv": HEADER + '2024-01-01 10:00:00,li,li,"' + "x\n" * LONG,
    "commas.csv": HEADER + "," * LONG + "\n",
    "xml-bomb.csv": HEADER + '2024-01-01 10:00:00,li,li,"' + XML_BOMB.replace('"', '""') + '",49\n',
    "xml-outside.csv": HEADER + '2024-01-01 10:00:00,li,li,"' + OUTSIDE.replace('"', '""') + '",49\n',
    "year-zero.txt": "0000-00-00 00:00:00 li(1)\n好\n\n9999-99-99 99:99:99 li(1)\n好\n",
    "brackets.txt": "2024-01-01 10:00:00 " + "(" * LONG + "\n好\n",
    "spaces.txt": "2024-01-01 10:00:00" + " " * LONG + "li(1)\n好\n",
    "at-signs.txt": "2024-01-01 10:00:00 li(1)\n" + "@" * LONG + "\n",
    "colons.txt": "01/01/24, 10:00 - " + ":" * LONG + "\n",
    "one-line.txt": "消" * LONG,
    "line-feeds.txt": "\n" * LONG,
    "deep.html": "<html><body>" + "<div class='message default'>" * DEEP,
    "open-comment.html": "<html><body><!--" + "-" * LONG,
    "open-tag.html": "<html><body><div " + "a='" * 100_000,
    "entities.html": "<html><body><div class='message default'><div class='text'>" + "&#x1F600" * 100_000,
    "bomb.html": XML_BOMB,
    "boundaries.mht": "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=\"b\"\n\n" + "--b\n" * 100_000,
    "nested.mht": "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(2000)),
    "insert.sql": "INSERT INTO `messages` VALUES (" + "('" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_ends_soon_in_chats_or_a_reason(name, tmp_path):
    path = tmp_path / name
    path.write_text(FILES[name], "utf-8", errors="surrogatepass")
    with time_limit():
        assert outcome(path) in ("chats", "refused")


def workbook(change: dict[str, bytes] | None = None, stretch: str = "", to: int = 0) -> bytes:
    """A workbook of two rows whose members are replaced, or one stretched to so many spaces."""
    book = Workbook()
    book.active.append(["时间", "发送人", "内容"])  # pyright: ignore
    book.active.append(["2024-01-01 10:00:00", "li", "好"])  # pyright: ignore
    plain, out = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = (change or {}).get(name, old.read(name))
            if name == stretch:
                head, tail = data.rsplit(b"</", 1)
                with new.open(name, "w") as member:
                    member.write(head)
                    for _ in range(to >> 20):
                        member.write(b" " * (1 << 20))
                    member.write(b"</" + tail)
            else:
                new.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"])
def test_a_workbook_that_is_a_bomb_is_refused_before_it_is_unpacked(member, tmp_path):
    path = Path(tmp_path, "chat.xlsx")
    path.write_bytes(workbook(stretch=member, to=64 << 20))
    with time_limit(), pytest.raises(UnsafeArchive, match="times its size"):
        list(read_sheets(Source.of_path(path)))
    assert outcome(path) == "refused"


@pytest.mark.parametrize("entity", ['"' + "ha" * 10 + '"', 'SYSTEM "file:///etc/passwd"'])
def test_entities_in_a_workbook_bring_in_nothing(entity, tmp_path):
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 20}">' for n in range(1, 10))
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY a0 {entity}>{lines}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>时间</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>&a9;&a0;</t></is></c></row></sheetData></worksheet>'
    )
    path = Path(tmp_path, "chat.xlsx")
    path.write_bytes(workbook({"xl/worksheets/sheet1.xml": sheet.encode()}))
    with time_limit():
        try:
            cells = [cell for _, rows in read_sheets(Source.of_path(path)) for _, row in rows for cell in row]
        except (IngestError, SyntaxError):  # expat refuses: xml.etree.ElementTree.ParseError is a SyntaxError
            cells = []
        assert not any("root:" in cell for cell in cells)
        assert outcome(path) == "refused"
