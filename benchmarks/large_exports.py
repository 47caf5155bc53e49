"""Write export files of any size for the import benchmark: Telegram JSON, QQ txt and WeChat CSV.

`python benchmarks/large_exports.py telegram-json big.json --mb 1024`. Invented texts; one record at a time, so the
writer needs no memory either.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
WORDS = "周末 团购 地铁 孩子 报名 奶粉 论文 服务器 代码 电影 爬山 火锅 快递 价格 老师 排练 天气 房租 健身 简历".split()
NAMES = ["老周", "小鹿🦌", "阿May", "Tom: 设计", "第二 排", "(临时)", "山里人", "陈老师", "🌙", "2024-03-01 新人"]


def conversation(seed: int) -> Iterator[tuple[datetime, int, str, str]]:
    """Yield (time, member number, name, text) for ever, a few seconds to minutes apart."""
    dice, at = random.Random(seed), datetime(2020, 1, 1, tzinfo=UTC)
    while True:
        at += timedelta(seconds=dice.randint(2, 90))
        member = dice.randrange(500)
        text = "".join(dice.choices(WORDS, k=dice.randint(1, 14)))
        if dice.random() < 0.05:
            text += "\n" + dice.choice(WORDS) + '，"引号",逗号'
        yield at, member, f"{NAMES[member % len(NAMES)]}{member}", text


def write_telegram_json(path: Path, size: int, seed: int = 1) -> int:
    """Write a single-chat Telegram Desktop result.json of about `size` bytes; return its messages."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write('{\n "name": "大群",\n "type": "private_supergroup",\n "id": 1700000001,\n "messages": [\n')
        for at, member, name, text in conversation(seed):
            row = {
                "id": count + 1,
                "type": "message",
                "date": at.astimezone(ZONE).replace(tzinfo=None).isoformat(),
                "date_unixtime": str(int(at.timestamp())),
                "from": name,
                "from_id": f"user{member + 10_000}",
                "text": text,
                "text_entities": [{"type": "plain", "text": text}],
            }
            file.write((",\n" if count else "") + json.dumps(row, ensure_ascii=False, indent=1))
            count += 1
            if count % 1000 == 0 and file.tell() >= size:
                break
        file.write("\n ]\n}\n")
    return count


def write_qq_txt(path: Path, size: int, seed: int = 1) -> int:
    """Write a QQ message manager export of about `size` bytes; return its messages."""
    count, bar = 0, "=" * 64
    with path.open("w", encoding="utf-8-sig", newline="\r\n") as file:
        file.write(
            f"消息记录（此消息记录为文本格式，不支持重新导入）\n\n{bar}\n消息分组:我的QQ群\n{bar}\n消息对象:大群\n{bar}\n\n"
        )
        for at, member, name, text in conversation(seed):
            local = at.astimezone(ZONE)
            file.write(f"{local:%Y-%m-%d} {local.hour}:{local:%M:%S} {name}({member + 100_000})\n{text}\n\n")
            count += 1
            if count % 1000 == 0 and file.tell() >= size:
                break
    return count


def write_wechat_csv(path: Path, size: int, seed: int = 1) -> int:
    """Write a WeChatMsg CSV of about `size` bytes; return its messages."""
    header = "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender"
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        for at, member, name, text in conversation(seed):
            local = f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
            row = [count + 1, 7, 1, 0, 0, int(at.timestamp()), "", text, local, "", name, f"wxid_{member:06d}"]
            writer.writerow(row)
            count += 1
            if count % 1000 == 0 and file.tell() >= size:
                break
    return count


WRITERS = {
    "telegram-json": (write_telegram_json, "result.json"),
    "qq-txt": (write_qq_txt, "大群.txt"),
    "wechatmsg-csv": (write_wechat_csv, "大群_utf8.csv"),
}


def main() -> None:
    """Write one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format", choices=sorted(WRITERS))
    parser.add_argument("path", type=Path)
    parser.add_argument("--mb", type=int, default=1024)
    options = parser.parse_args()
    write, _ = WRITERS[options.format]
    print(f"{write(options.path, options.mb * 2**20)} messages in {options.path}")


if __name__ == "__main__":
    main()
