"""A workspace full of simulated chats, for measurements and browser runs: numbers in, a store ready to be analysed out.

No export is written or read: the messages go straight through the store's own intake. Annotations and analyses are
made afterwards by the real models (`nuanqun.pipeline.work_out`). Example: `crowd(store, chats=30, messages=300_000)`.
"""

from __future__ import annotations

from random import Random

import pyarrow as pa
import pyarrow.compute as pc

from ingest.identity import chat_id
from ingest.receipt import Receipt
from nuanqun.intake import Intake
from nuanqun.simulate import START
from nuanqun.simulate.ads import Campaign, make_campaign
from nuanqun.simulate.chat import simulate_chat
from nuanqun.simulate.fates import FATES
from nuanqun.simulate.model import SimulatedChat
from nuanqun.simulate.tables import chat_tables
from nuanqun.store import Store

CAMPAIGNS = 3
"""Campaigns a chat; each goes round in many of them."""
SCALES = (0.2, 20.0)
"""What the simulator takes."""


def crowd(store: Store, *, chats: int, messages: int, seed: int = 0) -> int:
    """Put `chats` chats of about `messages` messages in all into `store`; returns how many records they have.

    Fates take turns. The same arguments give the same chats. Raises ValueError unless messages >= chats >= 1.
    """
    if not 1 <= chats <= messages:
        raise ValueError(f"crowd: need 1 <= chats <= messages, got {chats} and {messages}")
    campaigns = _campaigns(seed, max(CAMPAIGNS * chats, 90))
    scale = _scale(messages / chats, seed, campaigns)
    records = 0
    with store.import_lock(), store.write() as change:
        intake = Intake(store)
        for number in range(chats):
            rows, receipt = _rows(_chat(number, seed, scale, campaigns), number)
            with intake.source() as taken:
                receipt.new = taken.offer(rows)
            change.chats[receipt.chat_id] = {n: getattr(receipt, n) for n in ("name", "platform", "zone")}
            change.receipts.append(receipt.to_json())
            records += rows.num_rows
        change.add = intake.finish()
    return records


def _campaigns(seed: int, count: int) -> list[Campaign]:
    rng = Random(f"nuanqun/{seed}/crowd")
    return [make_campaign(rng, number) for number in range(count)]


def _chat(number: int, seed: int, scale: float, campaigns: list[Campaign]) -> SimulatedChat:
    fates = list(FATES.values())
    return simulate_chat(fates[number % len(fates)], seed, number // len(fates), START, scale, campaigns)


def _scale(mean: float, seed: int, campaigns: list[Campaign]) -> float:
    """The scale at which a chat of average fate has `mean` messages; halved in until it is near enough."""
    low, high = SCALES
    for _ in range(7):
        middle = (low * high) ** 0.5
        found = sum(len(_chat(number, seed, middle, campaigns).messages) for number in range(len(FATES)))
        low, high = (middle, high) if found < mean * len(FATES) else (low, middle)
    return (low * high) ** 0.5


def _rows(chat: SimulatedChat, number: int) -> tuple[pa.Table, Receipt]:
    """MESSAGES of one chat under ids that no other chat has, and its receipt."""
    rows = chat_tables(chat, noise=0).messages
    own = chat_id(chat.platform, None, f"{chat.name} {number}")
    for name in ("message_id", "reply_to", "sender_id", "mentions", "actor_ids", "target_ids"):
        rows = _with(rows, name, _prefixed(rows[name].combine_chunks(), own))
    rows = _with(rows, "chat_id", pa.repeat(own, rows.num_rows))
    said = rows.filter(rows["event"].is_null())
    span = pc.min_max(rows["sent_at"]).as_py()
    receipt = Receipt(
        own, chat.name, chat.platform, chat.format_id, records=rows.num_rows, messages=said.num_rows,
        first=span["min"], last=span["max"], sources=[f"{chat.name}.txt"],
        member_ids=set(pc.unique(said["sender_id"]).to_pylist()),
    )  # fmt: skip
    return rows, receipt


def _prefixed(ids: pa.Array, own: str) -> pa.Array:
    """Ids, or lists of them, that belong to this chat only."""
    if pa.types.is_list(ids.type):
        return pa.ListArray.from_arrays(ids.offsets, _prefixed(ids.values, own))
    return pc.binary_join_element_wise(own, ids.cast(pa.string()), "-")


def _with(rows: pa.Table, name: str, column: pa.Array) -> pa.Table:
    at = rows.schema.get_field_index(name)
    return rows.set_column(at, rows.schema.field(at), column.cast(rows.schema.field(at).type))
