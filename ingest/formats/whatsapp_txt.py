"""WhatsApp text export, Android and iOS, every locale; loose or as `_chat.txt` in a zip.

    3/1/24, 10:00 - Anna: hi             01.03.24, 10:00 - Anna: hi        1/3/24, 8:00 a. m. - Anna: hi
    [2024/3/1 上午10:00:00] Anna: hi      [3/1/24, 10:00:00 AM] Anna: hi    1.3.2024 klo 10.00.00 - Anna: hi
A line without "name: " is a system line; on iOS system lines stand under the group's own name, marked by U+200E.
The shape of the header is locked to the most common one of the file, the order of day and month is inferred from
all dates, and names that hold ": " are learned from all lines. Wall clock of the phone; no ids.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from ingest.clock import CLOCK, DATE, DAYPART, DateOrder, guess_order, read_clock, read_date
from ingest.errors import ParseIssue
from ingest.formats import ExportFormat, Record
from ingest.message import ChatStart, Message
from ingest.placeholders import kind_of
from ingest.source import Source
from ingest.system_lines import read_system
from ingest.text_lines import INVISIBLE, TextRecord, split_records, strip_invisible

HEADER = re.compile(
    rf"[{INVISIBLE}]*(?P<open>\[)?(?P<date>{DATE})(?P<comma>,?)[ \u00a0\u202f]+(?:klo |um |kl\. |à |às |at )?"
    rf"(?P<clock>{CLOCK})(?(open)\]|[ \u00a0\u202f]-) (?P<rest>.*)$",
    re.DOTALL,
)
NOTICE = re.compile(
    r"加密|encrypt|verschlüssel|cifrad|chiffr|crittografat|criptografad|шифрован|暗号化|암호화|terenkripsi|şifreli",
    re.IGNORECASE,
)
TITLE = re.compile(
    r"WhatsApp[ -]*Chat (?:with|mit|con|-) (?P<a>.+)|与(?P<b>.+?)的\s*WhatsApp\s*聊天|與(?P<c>.+?)的\s*WhatsApp\s*對話"
    r"|Chat (?:de )?WhatsApp con (?P<d>.+)|Conversa do WhatsApp com (?P<e>.+)|Discussion WhatsApp avec (?P<f>.+)"
    r"|Чат WhatsApp с (?P<g>.+)",
    re.IGNORECASE,
)
LRM = "\u200e"
_ATTACHED = r"(?:attached|附件|adjunto|angehängt|anexado|joint|allegato)\b.*?"
_MEDIA = tuple(
    (kind, re.compile(words, re.IGNORECASE))
    for kind, words in (
        (
            "image",
            r"(?:image|photo) omi\w+|忽略图像|圖片已略去|已省略圖片|imagen omitida|imagem ocultada|Bild weggelassen",
        ),
        ("video", r"video omi\w+|GIF omitted|忽略视频|影片已略去|Video weggelassen|vídeo omi\w+|vidéo omise"),
        ("voice", r"audio omi\w+|忽略音频|語音訊息已略去|Audio weggelassen|áudio ocultado|view once voice"),
        ("sticker", r"sticker omi\w+|忽略贴图|貼圖已略去|Sticker weggelassen|figurinha omitida"),
        ("file", r"document omitted|忽略文档|文件已略去|Dokument weggelassen|documento omitido"),
        ("card", r"contact card omitted|忽略联系人名片|\.vcf\b"),
        ("location", r"^(?:(?:live )?location|位置|ubicación|standort|localização|localisation)\b.*https?://"),
        ("poll", r"^(?:POLL|投票|ENCUESTA|UMFRAGE|ENQUETE|SONDAGE)[:：]"),
        ("image", rf"{_ATTACHED}[.-](?:jpe?g|png|webp|heic)|^IMG-\S+ \("),
        ("video", rf"{_ATTACHED}\.(?:mp4|mov|3gp)|^VID-\S+ \("),
        ("voice", rf"{_ATTACHED}\.(?:opus|m4a|mp3|aac)|^(?:PTT|AUD)-\S+ \("),
        ("file", r"\((?:file attached|文件附件|archivo adjunto|Datei angehängt|arquivo anexado|fichier joint)\)"),
        ("file", r"^<attached:"),
        ("unknown", r"^<[^<>]{2,40}(?:omitted|ausgeschlossen|omitidos?|ocult\w+|omis|omesso)>$"),
        ("unknown", r"^<(?:省略影音内容|已省略多媒體檔案|省略多媒体文件|Без медиафайлов)>$|^null$"),
        ("unknown", r"^(?:This message was deleted|You deleted this message)\.?$"),
        ("unknown", r"^(?:这条消息已删除|此訊息已刪除|您删除了此消息)。?$"),
    )
)
_ANY_MEDIA = re.compile("|".join(f"(?:{words.pattern})" for _, words in _MEDIA), re.IGNORECASE)
_EDITED = re.compile(r"<(?:This message was edited|此消息已编辑|此訊息已編輯|Diese Nachricht wurde bearbeitet)>$")
_PERSONAL_EVENTS = ("join", "scan_qr", "leave", "invite", "kick", "rename", "group_created", "role_change")
Shape = tuple[bool, str, bool, bool, bool, bool]


@dataclass(slots=True)
class Survey:
    """What one pass over the whole file teaches: header shape, dates in file order, who speaks."""

    shapes: Counter[Shape] = field(default_factory=Counter)
    dates: dict[Shape, list[str]] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, Counter[str]] = field(default_factory=dict)  # what follows a name up to the next ": "
    subject: str = ""  # the group's own name, under which iOS writes system lines

    @property
    def shape(self) -> Shape:
        """The most common header shape."""
        return self.shapes.most_common(1)[0][0]


def sniff(head: str, tail: str, name: str) -> float:
    """By the share of headers that name a sender; surer with WhatsApp's own words or file name."""
    found = [match for line in head.split("\n") if (match := HEADER.match(line.removesuffix("\r")))]
    named = sum(":" in match["rest"] for match in found)
    if not named or named < 0.4 * len(found):
        return 0.0
    if TITLE.search(name) or name.startswith("_chat") or NOTICE.search(found[0]["rest"]):
        return 0.95
    shape = _shape(found[0])
    # Signal and Element write nearly the same; these two shapes are theirs as well.
    shared = (shape[0] and shape[1] == "-" and not shape[4]) or (not shape[0] and shape[4])
    return 0.55 if shared else 0.8


def parse(source: Source) -> Iterator[Record]:
    """One chat; two passes, the first one learns shape, date order and names."""
    survey = _survey(source)
    if not survey.shapes:
        yield ParseIssue(1, "not_a_record", source.head[:80])
        return
    shape = survey.shape
    order = guess_order(survey.dates[shape], hint="MDY" if _american(source.head) else "DMY")
    yield ChatStart(_chat_name(source, survey), resolution="s" if shape[4] else "min")
    if not order.sure:
        yield ParseIssue(1, f"date_order_inferred: {order.order}", lost=False)
    senders = Senders(survey)

    def header(line: str) -> re.Match[str] | None:
        """A header of the locked shape; others are text."""
        found = HEADER.match(line) if _may_be_header(line) else None
        return found if found and _shape(found) == shape else None

    for record in split_records(source.lines(), header):
        yield _record(record, order, senders)


def _may_be_header(line: str) -> bool:
    first = line[:1]
    return first == "[" or first.isdigit() or (first in INVISIBLE and first != "")


def _shape(found: re.Match[str]) -> Shape:
    """Bracket, date separator, year first, comma, seconds, 12-hour words: equal for all headers of one export."""
    return found["open"] is not None, *_date_shape(found["date"]), found["comma"] != "", *_clock_shape(found["clock"])


@lru_cache(maxsize=1 << 14)
def _date_shape(text: str) -> tuple[str, bool]:
    separator = re.search(r"[./-]", text)
    return separator[0] if separator else "", re.match(r"\d{4}", text) is not None


@lru_cache(maxsize=1 << 16)
def _clock_shape(text: str) -> tuple[bool, bool]:
    return len(re.findall(r"[:.]\d\d", text)) == 2, re.search(DAYPART, text) is not None


def _survey(source: Source) -> Survey:
    survey = Survey()
    for _, line in source.lines():
        found = HEADER.match(line) if _may_be_header(line) else None
        if not found:
            continue
        shape = _shape(found)
        survey.shapes[shape] += 1
        dates = survey.dates.setdefault(shape, [])
        if not dates or dates[-1] != found["date"]:
            dates.append(found["date"])
        _learn(survey, found["rest"])
    return survey


def _learn(survey: Survey, rest: str) -> None:
    name, colon, text = rest.partition(": ")
    if not colon:
        return
    name = strip_invisible(name).strip()
    if not survey.names and text.startswith(LRM) and NOTICE.search(text):
        survey.subject = name
    survey.names[name] += 1
    second = text.partition(": ")[0][:40] if ": " in text[:80] else ""
    follows = survey.seconds.setdefault(name, Counter())
    if len(follows) < 3:  # a third different word settles that it is no part of the name
        follows[second] += 1


class Senders:
    """Splits "name: text" where names may hold ": ", by what the whole file taught."""

    def __init__(self, survey: Survey) -> None:
        self.subject = survey.subject
        self._known = survey.names
        self._longer = {
            name: f"{name}: {next(iter(follows))}"
            for name, follows in survey.seconds.items()
            if len(follows) == 1 and survey.names[name] >= 3 and next(iter(follows))
        }

    def split(self, rest: str) -> tuple[str, str] | None:
        """(sender, text), or None for a system line."""
        raw, colon, text = rest.partition(": ")
        name = strip_invisible(raw).strip()
        if not colon:
            raw, colon, text = rest.partition(":")
            name = strip_invisible(raw).strip()
            return (name, text.lstrip()) if colon and name in self._known else None
        if name.count('"') % 2 or name.count("“") != name.count("”") or name.count("«") != name.count("»"):
            return None  # a group subject with a colon: X changed the subject to "a: b"
        if name in self._longer:
            return self._longer[name], text.partition(": ")[2]
        return name, text


def _record(record: TextRecord, order: DateOrder, senders: Senders) -> Record:
    found = record.header
    if found is None:
        return ParseIssue(record.line, "not_a_record", record.body[:80])
    day, clock = read_date(found["date"], order.order), read_clock(found["clock"])
    if day is None or clock is None:
        return ParseIssue(record.line, "bad_time", found[0][:80])
    sent_at = datetime(day.year, day.month, day.day, *clock)
    spoken = senders.split(found["rest"])
    if spoken is None:
        return _system(sent_at, found["rest"], record.line)
    sender, text = spoken
    marked = text.startswith(LRM)
    text = "\n".join([text, *record.lines]).strip(LRM).rstrip("\n")
    if edited := _EDITED.search(text):
        text = text[: edited.start()].rstrip()
    if marked and (sender == senders.subject or _reports_on(sender, text)):
        return _system(sent_at, text, record.line)
    return Message(sent_at, text, _kind(text), sender_name=sender, line=record.line)


def _reports_on(sender: str, text: str) -> bool:
    """Whether a marked iOS line tells what its sender did instead of what he said."""
    if not (sender in text or text.startswith(("You ", "你", "您"))) or _kind(text) != "text":
        return False
    return read_system(text).event in _PERSONAL_EVENTS


def _system(sent_at: datetime, text: str, line: int) -> Message:
    plain = strip_invisible(text)
    event = read_system(plain)
    if NOTICE.search(plain):
        return Message(sent_at, plain, event="other", line=line)
    return Message(sent_at, plain, event=event.event, actor_ids=event.actors, target_ids=event.targets, line=line)


def _kind(text: str) -> str:
    plain = strip_invisible(text)
    first = plain.split("\n", 1)[0]  # a caption follows on the next line
    if len(first) <= 120 and _ANY_MEDIA.search(first):
        return next(kind for kind, words in _MEDIA if words.search(first))
    return kind_of(plain)


def _american(head: str) -> bool:
    """English exports with AM and PM put the month first; with a 24-hour clock the day."""
    return re.search(r"\d[ \u00a0\u202f][AP]M\b", head) is not None


def _chat_name(source: Source, survey: Survey) -> str:
    for name in (source.name, source.chat_name):
        found = TITLE.search(re.sub(r"(?:\.txt|\.zip)+$", "", name))
        if found:
            return next(value for value in found.groups() if value).strip()
    return survey.subject or source.chat_name


FORMAT = ExportFormat(
    id="whatsapp_txt",
    title="WhatsApp · 导出聊天",
    platform="whatsapp",
    extensions=(".txt", ".zip"),
    sniff=sniff,
    parse=parse,
    how_to_export="WhatsApp：群组信息 → 导出聊天 → 不含媒体文件；得到的 zip 或 txt 直接导入。",
)
