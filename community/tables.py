"""EDGES, MEMBERS, DAYS, ALERTS, CHATS ...: what the community stage emits, and their checks.

Times are UTC, days are local dates of the chat's zone, windows are half-open. "Now" is the end of the export:
the instant after the last record of the chat, never the wall clock.
"""

from __future__ import annotations

import pyarrow as pa

_TIME = pa.timestamp("ms", tz="UTC")
_STRINGS = pa.list_(pa.string())
_REASONS = _STRINGS  # each text is a reason of community/reasons.py


def _schema(name: str, *fields: tuple[str, pa.DataType]) -> pa.Schema:
    """All columns are non-null unless their name ends in '?'."""
    return pa.schema(
        [pa.field(n.rstrip("?"), t, nullable=n.endswith("?")) for n, t in fields], metadata={"schema": name}
    )


EDGES = _schema(
    "edge/1",
    ("chat_id", pa.string()),
    ("message_id", pa.string()),  # the answering message
    ("reply_to", pa.string()),  # the answered message
    ("from_id", pa.string()),  # who answers
    ("to_id", pa.string()),  # who is answered
    ("sent_at", _TIME),
    ("via", pa.string()),  # reply | mention | inferred
    ("confidence", pa.float32()),  # 1 for explicit replies
    ("why", pa.string()),
)

MEMBERS = _schema(
    "member/3",
    ("chat_id", pa.string()),
    ("member_id", pa.string()),
    ("name", pa.string()),  # last card or name seen
    ("aliases", _STRINGS),
    ("platform_role?", pa.string()),  # owner | admin | member | bot
    ("is_bot", pa.bool_()),
    ("first_seen", _TIME),
    ("last_seen", _TIME),
    ("invited_by?", pa.string()),
    ("left_at?", _TIME),
    ("messages", pa.int32()),  # whole export
    ("messages_84d", pa.int32()),
    ("active_days_84d", pa.int32()),
    ("ads", pa.int32()),
    ("repliers_84d", pa.int32()),  # distinct members who answered this one
    ("partners_84d", pa.int32()),  # distinct members on either side of a reply
    ("replies_per_message?", pa.float32()),
    ("replies_low?", pa.float32()),  # Wilson 95 % interval of the share of messages answered
    ("replies_high?", pa.float32()),
    ("starts_84d", pa.int32()),  # conversations started that drew >= 2 others
    ("influence?", pa.float32()),  # 0..100, null = sample too small
    ("influence_rank?", pa.int32()),  # 1 = strongest
    ("influence_reasons", _REASONS),
    ("top_message_ids", _STRINGS),  # the most answered messages
    (
        "participation_role",
        pa.string(),
    ),  # 内容创作者.. system; ids: creator critic collector joiner spectator inactive undecided
    ("participation_score", pa.float32()),
    ("participation_stability?", pa.float32()),  # share of the last windows (up to 4) with this role, 0..1
    ("participation_reasons", _REASONS),
    ("social_role", pa.string()),  # 组织者.. system; ids: organizer thinker talker asker onlooker challenger undecided
    ("social_score", pa.float32()),
    ("social_stability?", pa.float32()),
    ("social_reasons", _REASONS),
    ("participation_message_ids", _STRINGS),  # newest messages that show the role
    ("social_message_ids", _STRINGS),
    ("identities", _STRINGS),  # every active role with a score >= 0.5, strongest first
    ("role_scores", pa.map_(pa.string(), pa.float32())),  # every role of both systems, 0..1
    ("closeness", pa.float32()),  # 亲密度 0..100
    ("silence_risk?", pa.float32()),  # P(silent for the next 28 days), null = not heard of in the last 56
    ("closeness_tier", pa.string()),  # core | familiar | acquainted | distant
    ("prescription", _REASONS),  # the right medicine for the role
    ("prescription_message_ids", _STRINGS),  # what it hands over: open questions, hot debates, things worth keeping
)

DAYS = _schema(
    "day/2",
    ("chat_id", pa.string()),
    ("day", pa.date32()),  # local date; every date between first and last record has a row
    ("messages", pa.int32()),
    ("messages_clean", pa.int32()),  # without ads, bots, red-packet traffic, floods
    ("senders", pa.int32()),
    ("senders_clean", pa.int32()),
    ("newcomers", pa.int32()),  # first message ever
    ("joins", pa.int32()),
    ("leaves", pa.int32()),
    ("ads", pa.int32()),
    ("toxic", pa.int32()),
    ("questions", pa.int32()),
    ("incentives", pa.int32()),  # red packets, lucky draws, 接龙 rewards
    ("mood?", pa.float32()),  # mean of positive minus negative probability, -1..1
    ("answered_share?", pa.float32()),  # messages answered within 24 h, 0..1
    ("gini?", pa.float32()),  # of messages per sender, last 28 days
    ("temperature", pa.float32()),  # 0..100, cleaned, over the 28 days ending with this day
    ("temperature_raw", pa.float32()),
    ("temperature_days", pa.float32()),  # parts: they add up to temperature (max 50)
    ("temperature_speakers", pa.float32()),  # max 25
    ("temperature_volume", pa.float32()),  # max 25
    ("temperature_low", pa.float32()),  # 95 % interval by sample size
    ("temperature_high", pa.float32()),
    ("false_heat_ads", pa.float32()),  # 虚火: degrees; temperature + the four = temperature_raw
    ("false_heat_bots", pa.float32()),
    ("false_heat_packets", pa.float32()),
    ("false_heat_floods", pa.float32()),
    ("own_percentile?", pa.float32()),  # of temperature within the last 26 weeks, 0..100
    ("messages_expected?", pa.float32()),  # messages_clean by weekday and the level of 28 days before
    ("holiday?", pa.string()),  # spring_festival | national_day | june_18 | singles_day
    ("stage", pa.string()),  # see STAGES
)

STAGES = ("sprout", "growth", "mature", "plateau", "decline", "cold", "dormant", "dead", "revival", "split", "closed")
"""萌芽 成长 成熟 平台 衰退 低温 休眠 消亡 复苏 裂变, and `closed` = a short-lived group that ended by its own clock."""

ALERTS = _schema(
    "alert/2",
    ("chat_id", pa.string()),
    ("rule", pa.string()),
    ("start", pa.date32()),
    ("end", pa.date32()),
    ("severity", pa.string()),  # notice | warning | critical
    ("value", pa.float32()),
    ("threshold", pa.float32()),
    ("why", _REASONS),
    ("message_ids", _STRINGS),  # evidence
    ("member_ids", _STRINGS),
    ("cooldown", pa.int32()),  # days in which the same warning need not be given anew
    ("actions", pa.map_(pa.string(), pa.string())),  # desk (admin, moderator, manager) -> reason
)

CHATS = _schema(
    "chat/3",
    ("chat_id", pa.string()),
    ("name", pa.string()),
    ("platform", pa.string()),
    ("zone", pa.string()),
    ("first", _TIME),
    ("last", _TIME),
    ("records", pa.int64()),
    ("messages", pa.int64()),
    ("members", pa.int32()),  # distinct senders of messages
    ("temperature", pa.float32()),
    ("temperature_raw", pa.float32()),
    ("temperature_low", pa.float32()),  # 95 % interval by sample size
    ("temperature_high", pa.float32()),
    ("temperature_sample", pa.string()),  # enough | thin | little: how far to trust it
    ("temperature_quiet?", pa.float32()),  # 去激励温度: without the hour after each incentive; null = fewer than 3
    ("temperature_change?", pa.float32()),  # against 7 days before
    ("own_percentile?", pa.float32()),
    ("stage", pa.string()),
    ("node", pa.string()),  # none | initialised | trusted | decentralised | self_growing
    ("size", pa.int32()),  # members known to be in the chat
    ("camps", pa.int32()),  # 1 = one conversation; 2 and more: the replies fall apart
    ("risk_8w?", pa.float32()),  # P(dormant), null = too little history
    ("risk_12w?", pa.float32()),
    ("risk_reasons", _REASONS),  # strongest signed contributions in words
    ("messages_28d_low?", pa.float32()),  # clean messages of the next 28 days: 80 % band
    ("messages_28d_expected?", pa.float32()),  # and middle; null = too little history, or closed
    ("messages_28d_high?", pa.float32()),
    ("regulars_at_risk?", pa.int32()),  # present on 4 of 56 days and more, P(silent) >= 0.6
    ("ads", pa.int32()),
    ("ads_share", pa.float32()),
    ("mood?", pa.float32()),
    ("absence_factor", pa.int32()),  # CHAOSS Contributor Absence Factor over 84 days
    ("gini?", pa.float32()),
    ("incentive_lift?", pa.float32()),  # §2.6
    ("incentive_wake_share?", pa.float32()),  # organic messages within an hour of an incentive / all, 0..1
    ("incentive_afterglow?", pa.float32()),  # 1 to 24 h later against other days
    ("incentive_only_share?", pa.float32()),  # members of 84 days seen in no other hour, 0..1
    ("incentive_dependent", pa.bool_()),
    ("kols", _STRINGS),  # member ids, strongest first, at most 3
    ("alerts", pa.int32()),
    ("severity", pa.string()),  # of the worst alert; "none"
)

INDICATORS = _schema(
    "indicator/1",
    ("chat_id", pa.string()),
    ("panel", pa.string()),  # file name under community/panels/
    ("item", pa.string()),
    ("value?", pa.float32()),  # unit in docs/metrics.md; null = too little to say
    ("why", _REASONS),
    ("member_ids", _STRINGS),
    ("message_ids", _STRINGS),
)

CATALYSTS = _schema(
    "catalyst/1",
    ("chat_id", pa.string()),
    ("kind", pa.string()),  # red_packet | lucky_draw | chain | announcement | guest | meeting
    ("events", pa.int32()),  # in 26 weeks
    ("last", _TIME),
    ("answers", pa.float32()),  # mean messages in the hour after
    ("usual", pa.float32()),  # the same at matched moments
    ("extra", pa.float32()),  # answers - usual, with its 95 % interval
    ("extra_low", pa.float32()),
    ("extra_high", pa.float32()),
    ("p", pa.float32()),
    ("extra_day", pa.float32()),  # extra messages within 24 hours
    ("half_life?", pa.float32()),  # hours
    ("voices", pa.float32()),  # mean distinct members in the hour after
    ("why", _REASONS),
    ("message_ids", _STRINGS),  # newest events first
)

LOSSES = _schema(
    "loss/1",
    ("chat_id", pa.string()),
    ("member_id", pa.string()),
    ("was", pa.string()),  # kol | vital | regular: before the last word
    ("share", pa.float32()),  # of the clean messages of the 84 days before the last word, 0..1
    ("active_days", pa.int32()),
    ("influence_rank?", pa.int32()),  # then
    ("repliers", pa.int32()),
    ("last_at", _TIME),
    ("silence", pa.float32()),  # days
    ("usual_gap", pa.float32()),  # days; 95 % of the own gaps are shorter
    ("left", pa.bool_()),
    ("last_topic?", pa.string()),
    ("partners", _STRINGS),  # member ids, closest first
    ("message_ids", _STRINGS),  # the last words, newest first
    ("why", _REASONS),
    ("opener", _REASONS),  # how to begin the talk that may bring them back
)

SHIFTS = _schema(
    "shift/1",
    ("chat_id", pa.string()),
    ("day", pa.date32()),  # first day of the new level
    ("kind", pa.string()),  # fall | rise
    ("before", pa.float32()),  # clean messages a day, up to 84 days of the old level
    ("after", pa.float32()),  # and of the new one
    ("change", pa.float32()),  # after / before - 1
    ("member_ids", _STRINGS),  # who explains it, at most 5
    ("shares", pa.list_(pa.float32())),  # of the change, one a member
    ("stopped", pa.list_(pa.bool_())),  # fall: nearly silent since; rise: hardly there before
    ("explained", pa.float32()),  # share of the change by those who stopped (or came)
    ("message_ids", _STRINGS),  # their last words before (or first after) the day
    ("why", _REASONS),
)

CONVERSATIONS = _schema(
    "conversation/1",  # at least two people, begun within 84 days
    ("chat_id", pa.string()),
    ("message_id", pa.string()),  # the message that opened it
    ("opened_by", pa.string()),
    ("start", _TIME),
    ("end", _TIME),
    ("messages", pa.int32()),
    ("people", pa.int32()),
    ("questions", pa.int32()),
    ("topic?", pa.string()),  # most frequent one that is no small talk
)

PEOPLE = _schema(
    "person/1",  # in two chats of a platform and more, by stable id
    ("person", pa.string()),  # hash of platform and id
    ("platform", pa.string()),
    ("name", pa.string()),  # in the chat with most of the own messages
    ("kind", pa.string()),  # bridge: talks in two and more | ads | talks_once | silent
    ("chats", _STRINGS),  # most of the own messages first
    ("talks", pa.int32()),  # chats with a message in 84 days
    ("only_link", pa.int32()),  # pairs of chats in which nobody else talks in both
    ("messages", pa.int32()),
    ("messages_84d", pa.int32()),
    ("repliers", pa.int32()),  # distinct in each chat, added up
    ("best_rank?", pa.int32()),  # of influence
    ("ads", pa.int32()),
)

OVERLAPS = _schema(
    "overlap/1",
    ("chat_a", pa.string()),
    ("chat_b", pa.string()),
    ("members_a", pa.int32()),  # there, with stable ids
    ("members_b", pa.int32()),
    ("shared", pa.int32()),
    ("talking", pa.int32()),  # wrote in both within 84 days
    ("jaccard", pa.float32()),  # shared / all of both
    ("contained", pa.float32()),  # shared / the smaller
    ("people", _STRINGS),  # hashes as in PEOPLE, at most 50
)

STANDINGS = _schema(
    "standing/1",
    ("chat_id", pa.string()),
    ("size", pa.int32()),
    ("size_class", pa.int32()),  # see community/standing.py
    ("temperature", pa.float32()),
    ("expected?", pa.float32()),  # usual for the size; null = fewer than 8 chats
    ("ahead?", pa.float32()),  # temperature - expected
    ("verdict", pa.string()),  # above | usual | below | unknown, by the interval of the temperature
    ("place", pa.int32()),  # within the size class, 1 = warmest
    ("peers", pa.int32()),  # chats of the size class
    ("stage", pa.string()),
)

ADVICE = _schema(
    "advice/1",
    ("kind", pa.string()),  # merge | close | split | twins
    ("chat_ids", _STRINGS),  # merge and twins: the one that gives way, then the other
    ("strength", pa.float32()),  # 0..1
    ("why", _REASONS),
)

SUSPECTS = _schema(
    "suspect/1",
    ("chat_id", pa.string()),
    ("message_id", pa.string()),
    ("sent_at", _TIME),
    ("text", pa.float32()),  # probability of an advertisement by the words alone
    ("behaviour", pa.float32()),  # log-odds that the sender's behaviour adds, see community/suspects.py
    ("score", pa.float32()),  # of both
    ("by_text", pa.bool_()),  # the words alone had sufficed
    ("why", _REASONS),  # of the behaviour, the heaviest first
)

TOPICS = _schema(
    "topic/1",  # what the chat talks about in its own words, 26 weeks, see community/open_topics.py
    ("chat_id", pa.string()),
    ("words", _STRINGS),  # its name, the strongest first, at most 5
    ("messages", pa.int32()),
    ("conversations", pa.int32()),
    ("people", pa.int32()),
    ("first", _TIME),
    ("last", _TIME),
    ("weekly", pa.list_(pa.int32())),  # messages of the last twelve weeks, oldest first
    ("trend?", pa.float32()),  # messages a week of the last 4 weeks / of the 8 before; null = none before
    ("is_new", pa.bool_()),
    ("topic?", pa.string()),  # of data/topics.toml: its most frequent one that is no small talk
    ("message_ids", _STRINGS),  # that show it best
)


def check_table(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return `table` if its columns, types and non-nulls are those of `schema`, else raise ValueError."""
    name = (schema.metadata or {})[b"schema"].decode()
    if not table.schema.equals(schema, check_metadata=False):
        wrong = [
            f.name for f in schema if f.name not in table.schema.names or table.schema.field(f.name).type != f.type
        ]
        raise ValueError(f"{name}: columns differ from the contract: {wrong or table.schema.names}")
    for field in schema:
        if not field.nullable and table[field.name].null_count:
            raise ValueError(f"{name}: column {field.name} must not be null")
    return table
