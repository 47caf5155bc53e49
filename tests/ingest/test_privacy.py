"""What the admin chose to hide is hidden before anything is stored."""

from __future__ import annotations

import pyarrow as pa
import pytest

from ingest import Source, read_export
from ingest.privacy import pseudonym
from ingest.settings import IngestSettings

SALT = "花店的秘密-2024"
TEXT = (
    "消息记录（此消息记录为文本格式，不支持重新导入）\n\n消息分组:我的QQ群\n消息对象:花店\n\n"
    "2024-03-01 8:01:00 小王(10001)\n打13812345678，或写信 a.b@mail.example\n\n"
    "2024-03-01 8:02:00 小王子(10002)\n@小王 好 @全体成员\n\n"
    '2024-03-01 8:03:00 系统消息(1000000)\n"小王"邀请"小王子"加入了群聊\n\n'
    "2024-03-01 8:04:00 系统消息(1000000)\n你撤回了一条消息\n\n"
)


def read(other: str = "13812345678", **settings: object) -> tuple[pa.Table, set[str]]:
    source = Source.of_bytes(TEXT.replace("13812345678", other).encode(), "花店.txt")
    reading = read_export(source, settings=IngestSettings(**settings))  # type: ignore[arg-type]
    table = pa.concat_tables(list(reading))
    (receipt,) = reading.receipts.values()
    return table, receipt.member_ids


def test_only_the_chosen_kinds_are_masked() -> None:
    table, _ = read(mask=("phone",))
    assert table["text"][0].as_py() == "打[phone 11]，或写信 a.b@mail.example"
    table, _ = read(mask=("phone", "email"))
    assert table["text"][0].as_py() == "打[phone 11]，或写信 [email 16]"


def test_nothing_is_hidden_unless_chosen() -> None:
    table, members = read()
    assert "13812345678" in table["text"][0].as_py()
    assert members == {"10001", "10002"}


def test_members_have_pseudonyms_everywhere() -> None:
    table, members = read(pseudonym_salt=SALT)
    wang, prince = pseudonym("小王", SALT), pseudonym("小王子", SALT)
    assert members == {pseudonym("10001", SALT), pseudonym("10002", SALT)} == set(table["sender_id"].to_pylist()[:2])
    assert table["sender_name"].to_pylist()[:2] == [wang, prince]
    assert table["text"].to_pylist()[1:3] == [f"@{wang} 好 @全体成员", f'"{wang}"邀请"{prince}"加入了群聊']
    assert table["mentions"].to_pylist()[1] == [wang, "@all"]
    assert (table["actor_ids"].to_pylist()[2], table["target_ids"].to_pylist()[2]) == ([wang], [prince])
    assert table["actor_ids"].to_pylist()[3] == ["你"]
    assert not any(name in str(table.to_pylist()) for name in ("小王", "10001", "10002"))


def test_masking_keeps_message_ids_and_hashes_no_number() -> None:
    masked = read(mask=("phone", "email"))[0]
    assert read()[0]["message_id"] == masked["message_id"]
    assert read(other="13987654321")[0]["message_id"] == masked["message_id"]


def test_the_salt_decides_who_is_who_and_no_id_tells_a_name() -> None:
    plain, hidden, other = read()[0], read(pseudonym_salt=SALT)[0], read(pseudonym_salt=SALT + "!")[0]
    ids = [set(table["message_id"].to_pylist()[:2]) for table in (plain, hidden, other)]
    assert ids[0].isdisjoint(ids[1]) and ids[1].isdisjoint(ids[2])
    assert hidden["sender_id"] == read(pseudonym_salt=SALT)[0]["sender_id"]
    assert hidden["sender_id"] != other["sender_id"]


@pytest.mark.parametrize("settings", [{"mask": ("telephone",)}, {"pseudonym_salt": "kurz"}])
def test_settings_that_cannot_work_are_refused(settings: dict) -> None:
    with pytest.raises(ValueError, match="mask|pseudonym_salt"):
        read(**settings)
