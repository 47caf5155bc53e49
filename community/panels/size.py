"""Size against the marks that change how a chat works: 150, 200, 500 within one, 100, 1,000, 10,000 for a community."""

from __future__ import annotations

from community.findings import Findings
from community.panels import Indicator
from community.reasons import reason

CHAT_MARKS = (150, 200, 500)  # Dunbar; invitation needs consent; WeChat's limit
COMMUNITY_MARKS = (100, 1_000, 10_000)


def read(findings: Findings) -> list[Indicator]:
    """Members known to be in the chat, and how near the next mark is."""
    size = findings.size
    reached = [m for m in CHAT_MARKS if size >= m]
    ahead = next((m for m in CHAT_MARKS if size < m), 0)
    recorded = len(findings.roster.join_row) + len(findings.roster.leave_row) > 0
    if not recorded:  # whoever was ever seen may have left: no mark can be told from that
        why = [reason("panel.size.seen", members=size)]
        return [Indicator("members", size, why), Indicator("mark", None), Indicator("community", None)]
    why = [reason("panel.size.members", members=size)]
    if ahead:
        why.append(reason("panel.size.next", mark=ahead, left=ahead - size))
    step = sum(size >= m for m in COMMUNITY_MARKS)
    return [
        Indicator("members", size, why),
        Indicator("mark", reached[-1] if reached else 0, [reason(f"panel.size.mark_{reached[-1] if reached else 0}")]),
        Indicator("community", step, [reason(f"panel.size.community_{step}")]),
    ]
