"""The weekly report (群周报): the tables of one chat in, the same sentences every time out.

`facts` reads the numbers of a week, `weekly` says them, `render` writes HTML, Markdown or PDF. Example:
`render(weekly_report(read_facts(store, chat_id)), "html")`.
"""

from nuanqun.report.facts import Facts, read_facts
from nuanqun.report.render import FORMATS, render
from nuanqun.report.weekly import WeeklyReport, weekly_report

__all__ = ["FORMATS", "Facts", "WeeklyReport", "read_facts", "render", "weekly_report"]
