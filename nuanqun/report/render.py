"""A weekly report as one HTML file, Markdown or PDF; chat names and nicknames are hostile and stay inert in each.

In: a `WeeklyReport`. Out: bytes. The HTML file is whole in itself: no script, no request to anywhere.
Example: `render(report, "pdf")[:5]` -> b"%PDF-".
"""

from __future__ import annotations

from functools import cache

import jinja2

from nuanqun.errors import NuanqunError
from nuanqun.figures import markdown
from nuanqun.language import HTML, language
from nuanqun.report.weekly import WeeklyReport
from nuanqun.words import t

FORMATS = {"html": "text/html", "md": "text/markdown", "pdf": "application/pdf"}
"""Formats by suffix, with their media types."""
_WIDTH, _HEIGHT, _LEFT, _TOP = 640, 150, 34, 8  # of the drawing, in pixels


def render(report: WeeklyReport, form: str) -> bytes:
    """Write the report in one of `FORMATS`; raises NuanqunError on another, or when PDF cannot be made here."""
    if form not in FORMATS:
        raise NuanqunError(f"report format {form!r}: choose one of {', '.join(FORMATS)}")
    text = (
        _templates()
        .get_template(f"weekly.{'md' if form == 'md' else 'html'}.j2")
        .render(
            report=report,
            t=t,
            html_language=HTML[language()],
            line=_line([row[1] for row in report.trend]),
            raw=_line([row[2] for row in report.trend]),
            ticks=_ticks(),
        )
    )
    return _pdf(text) if form == "pdf" else text.encode("utf-8")


@cache
def _templates() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("nuanqun.report"),
        autoescape=lambda name: bool(name) and ".html" in str(name),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["markdown"] = markdown
    return found


def _line(degrees: list[float]) -> str:
    """The points of a line through temperatures from 0 to 100, as SVG wants them."""
    step = (_WIDTH - _LEFT) / max(1, len(degrees) - 1)
    return " ".join(
        f"{_LEFT + n * step:.1f},{_TOP + (1 - value / 100) * _HEIGHT:.1f}" for n, value in enumerate(degrees)
    )


def _ticks() -> list[tuple[int, float]]:
    return [(degrees, _TOP + (1 - degrees / 100) * _HEIGHT) for degrees in (0, 50, 100)]


def _pdf(html: str) -> bytes:
    try:
        import weasyprint
    except OSError as error:  # the Python part is there, the libraries it draws with are not
        raise NuanqunError(
            f"PDF needs the Pango libraries, which this machine lacks ({error}). Install them "
            "(Debian: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0), or write the report as html or md."
        ) from error
    return bytes(weasyprint.HTML(string=html, url_fetcher=_no_requests).write_pdf() or b"")


def _no_requests(url: str) -> dict[str, str]:
    raise ValueError(f"a report loads nothing: {url}")
