"""docs/formats.md, written by the formats themselves.

In: every `ExportFormat`. Out: Markdown. Example: `python -m ingest.format_docs` writes the file anew.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from ingest.formats import ExportFormat, formats

PATH = Path(__file__).resolve().parent.parent / "docs" / "formats.md"
PLATFORMS = {
    "wechat": "微信", "qq": "QQ", "wecom": "企业微信", "feishu": "飞书", "dingtalk": "钉钉", "welink": "WeLink",
    "telegram": "Telegram", "whatsapp": "WhatsApp", "line": "LINE", "kakaotalk": "KakaoTalk", "discord": "Discord",
    "slack": "Slack", "messenger": "Messenger 与 Instagram", "matrix": "Matrix", "irc": "IRC", "zulip": "Zulip",
    "google_chat": "Google Chat", "signal": "Signal", "chatlab": "ChatLab 交换格式", "table": "通用表格",
    "text": "通用文本",
}  # fmt: skip
"""Headings in the order of the document; platforms that are not listed follow under their own id."""
INTRO = """# 支持的导出格式

本页由各格式自己的说明生成（`python -m ingest.format_docs`），请不要手改。共 {count} 种格式。

文件不必改名：先看内容，再看扩展名。文件夹、几个文件、zip 包和 tar 包（可带 gz、bz2、xz 压缩）可以直接交进来；
分成几页或一天一个文件的导出会合成一份。
表头不认识的表格，用 `--column time=列名 --column sender=列名 --column text=列名` 说一次，
工作区会记住，同样的表头以后照此读取。
认不准的时候可以用 `--format ID` 指定。没有写明时区的时间按设置里的时区理解（默认 Asia/Shanghai）。
"""
HEAD = "| 格式 | ID | 文件 | 怎样导出 |\n|---|---|---|---|"


def render() -> str:
    """The whole document."""
    order = list(PLATFORMS)

    def place(fmt: ExportFormat) -> tuple[int, str, str]:
        return (order.index(fmt.platform) if fmt.platform in PLATFORMS else len(order), fmt.platform, fmt.id)

    found = sorted(formats().values(), key=place)
    pieces = [INTRO.format(count=len(found))]
    for platform, group in groupby(found, key=lambda fmt: fmt.platform):
        members = list(group)
        pieces += [f"\n## {PLATFORMS.get(platform, platform)}\n", HEAD]
        pieces += [_row(fmt) for fmt in members]
        pieces += [_details(fmt) for fmt in members]
    return "\n".join(pieces) + "\n"


def _row(fmt: ExportFormat) -> str:
    cells = (fmt.title, f"`{fmt.id}`", " ".join(fmt.extensions), fmt.how_to_export)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _details(fmt: ExportFormat) -> str:
    """The dialect as its module describes it, and the files that belong together."""
    told = (sys.modules[fmt.parse.__module__].__doc__ or "").strip()
    notes = []
    if fmt.pages:
        notes.append("分页、分段或按日分开的文件合成一份。")
    if fmt.companions:
        notes.append("旁边的文件一起读：" + "、".join(f"`{name}`" for name in fmt.companions) + "。")
    after = f"\n{' '.join(notes)}\n" if notes else ""
    return f"\n<details><summary><code>{fmt.id}</code></summary>\n\n```text\n{told}\n```\n{after}\n</details>"


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
