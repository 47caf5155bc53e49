"""Exports of WeChat that name nobody's minute: recognised only to be refused with a reason.

    ********************2024-03-01********************   WeChatMsg "AI txt": a day, then 名字:text text 名字:text
    [{"conversations": [{"role": "user", "content": "…"}]}]   training pairs: no names, no times
    张三:                                                  a merged forward copied without its times
    早上好
Who answered whom and how fast is what an analysis needs; it cannot be guessed from these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.errors import BrokenExport
from ingest.formats import ExportFormat, Record
from ingest.source import Source

_DAY_BANNER = re.compile(r"(?m)^\*{8,}\d{4}-\d{1,2}-\d{1,2}\*{8,}\r?$")
_PAIRS = re.compile(r"\s*\[\s*\{\s*\"(?:conversations|messages|instruction)\"\s*:")
_NAME_LINE = re.compile(r"(?m)(?:\A|\n[^\S\n]*\n)[^\s:：，。！？\d][^:：，。！？\n]{0,20}[:：]\s*\n\S")
_ANY_TIME = re.compile(r"\d{1,2}[:：]\d{2}|\d{4}[-/年.]\d{1,2}")
_REASONS = (
    ("banner", "this text for language models (AI txt) holds days but no times of messages"),
    ("pairs", "these are training pairs for a language model, without names and times"),
    ("names", "this copied forward holds names but no times"),
)


def _which(head: str) -> str:
    if _DAY_BANNER.search(head):
        return "banner"
    if _PAIRS.match(head) and '"content"' in head + '"output"' and ('"role"' in head or '"instruction"' in head):
        return "pairs"
    if len(_NAME_LINE.findall(head)) >= 4 and not _ANY_TIME.search(head):
        return "names"
    return ""


def sniff(head: str, tail: str, name: str) -> float:
    """Sure for the two shapes that tools write, unsure for a copied forward."""
    return {"banner": 0.9, "pairs": 0.9, "names": 0.55}.get(_which(head), 0.0)


def parse(source: Source) -> Iterator[Record]:
    """Never yields; raises BrokenExport with what to export instead."""
    which = _which(source.head)
    reason = next((words for key, words in _REASONS if key == which), "this file holds no times of messages")
    raise BrokenExport(
        reason,
        path=source.path,
        hint="Export the chat again as CSV or JSON (WeChatMsg: CSV, WeFlow: JSON); those keep names and times.",
    )


FORMAT = ExportFormat(
    id="wechat_timeless",
    title="微信 · AI 对话文本与训练数据（没有时间，不能导入）",
    platform="wechat",
    extensions=(".txt", ".json"),
    sniff=sniff,
    parse=parse,
    how_to_export="这类文件没有逐条时间，不能分析：请改用留痕的 CSV 或 WeFlow 的 JSON 重新导出。",
)
