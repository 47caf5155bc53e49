"""Charts as ECharts options: pure functions of tables, nothing of Streamlit in them.

In: frames of the store (DAYS, counts). Out: `Chart(spec, alt, height)`; `alt` says in words what the picture shows.
Example: `charts.gauge(48.2, 3.1)`.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import pandas as pd

from dashboard import Frame, words
from dashboard.words import day, number, rule, signed, t, weekdays

BLUE, ORANGE, GREEN, VIOLET, RED, GREY = "#2b6cb0", "#d1781f", "#4a9656", "#8a63b8", "#c94c4c", "#7a7a7a"
BANDS = (
    (20, "#2b6cb0", "frozen"),
    (40, "#3d8fc9", "cool"),
    (60, "#4a9656", "mild"),
    (80, "#d1781f", "warm"),
    (100, "#c94c4c", "hot"),
)
"""Upper edge, colour (>= 3:1 on both page colours) and word of each band of the temperature."""

HEAT = ["rgba(61,143,201,0.10)", "rgba(43,108,176,1)"]
_FAINT = "rgba(128,128,128,0.25)"
WEEKS = 26
"""Weeks of the calendar."""
AHEAD = 28
"""Days of a forecast."""


class Chart(NamedTuple):
    """What `st.echarts_chart` needs."""

    spec: dict[str, Any]
    alt: str
    height: int = 300


def band(temperature: float) -> tuple[str, str]:
    """Colour and word of a temperature 0..100."""
    for edge, colour, name in BANDS:
        if temperature < edge:
            return colour, t(f"band.{name}")
    return BANDS[-1][1], t(f"band.{BANDS[-1][2]}")


def gauge(temperature: float, change: float | None) -> Chart:
    """The temperature 0..100 with its number, its word and the change against a week before."""
    colour, name = band(temperature)
    moved = t("unit.week", change=words.change(change))
    series = {
        "type": "gauge",
        "radius": "90%",
        "startAngle": 205,
        "endAngle": -25,
        "min": 0,
        "max": 100,
        "axisLine": {"lineStyle": {"width": 16, "color": [[edge / 100, tint] for edge, tint, _ in BANDS]}},
        "axisTick": {"show": False},
        "splitLine": {"show": False},
        "axisLabel": {"show": False},
        "pointer": {"width": 5, "length": "58%", "itemStyle": {"color": colour}},
        "anchor": {"show": True, "size": 12, "itemStyle": {"color": colour, "borderWidth": 0}},
        "detail": {
            "formatter": f"{{n|{temperature:.0f}°}}\n{{w|{name} · {moved}}}",
            "offsetCenter": [0, "62%"],
            "rich": {
                "n": {"fontSize": 34, "fontWeight": 600, "color": colour, "lineHeight": 40},
                "w": {"fontSize": 15, "fontWeight": 600, "color": colour, "lineHeight": 24},
            },
        },
        "data": [{"value": round(float(temperature), 1)}],
        "silent": True,
    }
    alt = t("chart.gauge_alt", value=f"{temperature:.0f}", word=name, change=moved)
    return Chart({"series": [series]}, alt, 280)


def trend(days: Frame, alerts: Frame, shifts: Frame | None = None) -> Chart:
    """Cleaned against raw temperature day by day; warnings shaded, stages and changes of level (↑, ↓) as lines."""
    dates = _iso(days)
    marks = [
        [{"name": rule(alert.rule), "xAxis": str(alert.start)}, {"xAxis": str(alert.end)}]
        for alert in alerts.itertuples()
    ]
    clean = _line(t("chart.temperature"), dates, days["temperature"].round(1), BLUE)
    clean["id"] = "temperature"
    clean["markArea"] = {"itemStyle": {"color": "rgba(201,76,76,0.12)"}, "label": {"show": False}, "data": marks}
    clean["markLine"] = {
        "silent": True, "symbol": "none",
        "lineStyle": {"color": GREY, "type": "dotted", "width": 1},
        "label": {"formatter": "{b}", "color": GREY, "fontSize": 11, "position": "insideEndTop"},
        "data": [
            *({"name": words.word("stage", stage), "xAxis": str(at)} for at, stage in turns(days)[-6:]),
            *_steps(shifts),
        ],
    }  # fmt: skip
    raw = _line(t("chart.temperature_raw"), dates, days["temperature_raw"].round(1), ORANGE)
    raw["lineStyle"] = {"type": "dashed", "width": 1.5, "color": ORANGE}
    spec = _over_time([*_band(days), clean, raw], zoom=len(days) > 60)
    spec["legend"]["data"] = [clean["name"], raw["name"], t("chart.band")]
    spec["yAxis"]["scale"] = True
    alt = t("chart.trend_alt", first=day(days["day"].iloc[0]), last=day(days["day"].iloc[-1]),
            start=f"{days['temperature'].iloc[0]:.0f}", end=f"{days['temperature'].iloc[-1]:.0f}",
            low=f"{days['temperature'].min():.0f}", high=f"{days['temperature'].max():.0f}")  # fmt: skip
    return Chart(spec, alt, 300)


def _steps(shifts: Frame | None) -> list[dict[str, Any]]:
    """The newest changes of level as marks: red down, green up."""
    if shifts is None:
        return []
    looks = {"fall": ("↓", RED), "rise": ("↑", GREEN)}
    return [
        {"name": looks[row.kind][0], "xAxis": str(row.day), "lineStyle": {"color": looks[row.kind][1], "type": "solid"},
         "label": {"color": looks[row.kind][1], "fontSize": 14, "position": "end", "distance": 2}}
        for row in shifts.tail(6).itertuples()
    ]  # fmt: skip


def _band(days: Frame) -> list[dict[str, Any]]:
    """The 95 % interval of the temperature as two stacked lines without marks, the upper one filled."""
    dates = _iso(days)
    low, high = days["temperature_low"].round(1), days["temperature_high"].round(1)
    drawn = []
    for name, values, opacity in ((t("chart.band_from"), low, 0.0), (t("chart.band"), high - low, 0.18)):
        drawn.append(
            _line(name, dates, values.round(1), BLUE)
            | {"stack": "band", "silent": True, "lineStyle": {"opacity": 0}, "tooltip": {"show": False},
               "areaStyle": {"color": BLUE, "opacity": opacity}}
        )  # fmt: skip
    return drawn


def turns(days: Frame) -> list[tuple[date, str]]:
    """The days on which the stage changed, and the stage that began then."""
    began = days["stage"] != days["stage"].shift()
    return [(at, str(stage)) for at, stage in zip(days["day"][began], days["stage"][began], strict=True)][1:]


def volume(days: Frame, forecast: tuple[float, float, float] | None = None) -> Chart:
    """Messages a day beside what the season brings: counted ones, ads and the like, holidays.

    `forecast` is low, middle and high of the 28 days after the last one.
    """
    dates = _iso(days)
    removed = days["messages"] - days["messages_clean"]
    bars = [
        _bar(t("chart.messages_clean"), dates, days["messages_clean"], BLUE),
        _bar(t("chart.messages_removed"), dates, removed, ORANGE),
    ]
    bars[0]["markArea"] = {
        "silent": True, "itemStyle": {"color": "rgba(74,150,86,0.16)"},
        "label": {"color": GREY, "fontSize": 11, "position": "insideTop"},
        "data": [[{"name": name, "xAxis": str(first)}, {"xAxis": str(end)}] for name, first, end in holidays(days)],
    }  # fmt: skip
    expected = _line(t("chart.expected"), dates, days["messages_expected"].astype("float64").round(1), GREY)
    bars.append(expected | {"lineStyle": {"width": 1.5, "type": "dashed", "color": GREY}})
    if forecast is not None:
        bars.append(_ahead(days["day"].iloc[-1], *forecast))
    top = days.loc[days["messages"].idxmax()]
    alt = t("chart.volume_alt", total=int(days["messages"].sum()), removed=int(removed.sum()), day=day(top["day"]),
            top=int(top["messages"]))  # fmt: skip
    return Chart(_over_time(bars, zoom=len(days) > 60), alt, 260)


def _ahead(last: date, low: float, middle: float, high: float) -> dict[str, Any]:
    """The mean a day of the next 28 days with its band."""
    first, end = (str(last + timedelta(days=n)) for n in (1, AHEAD))
    line = _line(t("chart.forecast"), [], pd.Series([], dtype=float), VIOLET)
    line |= {"data": [[first, round(middle / AHEAD, 1)], [end, round(middle / AHEAD, 1)]]}
    line["markArea"] = {
        "silent": True, "itemStyle": {"color": VIOLET, "opacity": 0.18},
        "data": [[{"xAxis": first, "yAxis": round(low / AHEAD, 1)}, {"xAxis": end, "yAxis": round(high / AHEAD, 1)}]],
    }  # fmt: skip
    return line


def holidays(days: Frame) -> list[tuple[str, date, date]]:
    """Name, first day and the day after of each holiday or sale."""
    runs = groupby(zip(days["holiday"].fillna(""), days["day"], strict=True), key=lambda pair: pair[0])
    found = [(name, [at for _, at in run]) for name, run in runs if name]
    return [(words.word("holiday", name), run[0], run[-1] + timedelta(days=1)) for name, run in found]


def parts(days: Frame) -> Chart:
    """The three parts of the cleaned temperature, stacked: they add up to it."""
    dates = _iso(days)
    names = (("temperature_days", BLUE), ("temperature_speakers", GREEN), ("temperature_volume", ORANGE))
    lines = []
    for name, colour in names:
        line = _line(t(f"chart.{name}"), dates, days[name].round(1), colour)
        lines.append(line | {"stack": "parts", "areaStyle": {"opacity": 0.55}, "lineStyle": {"width": 0.5}})
    last = days.iloc[-1]
    alt = t("chart.parts_alt", days=f"{last['temperature_days']:.1f}", speakers=f"{last['temperature_speakers']:.1f}",
            volume=f"{last['temperature_volume']:.1f}", total=f"{last['temperature']:.1f}")  # fmt: skip
    return Chart(_over_time(lines, zoom=len(days) > 60), alt, 260)


def calendar(days: Frame, weeks: int = WEEKS) -> Chart:
    """Messages of every day of the last `weeks` weeks as a calendar."""
    shown = days.tail(weeks * 7)
    cells = [[str(d), int(n)] for d, n in zip(shown["day"], shown["messages_clean"], strict=True)]
    spec = {
        "tooltip": {"formatter": t("chart.calendar_tip")},
        "visualMap": _heat_scale(max((n for _, n in cells), default=1)),
        "calendar": {
            "range": [cells[0][0], cells[-1][0]],
            "top": 34, "left": 40, "right": 10, "bottom": 54,
            "cellSize": ["auto", "auto"],
            "itemStyle": {"color": "transparent", "borderColor": _FAINT, "borderWidth": 1},
            "splitLine": {"lineStyle": {"color": "rgba(128,128,128,0.6)", "width": 1}},
            "yearLabel": {"show": False},
            "dayLabel": {"firstDay": 1, "nameMap": _sunday_first(), "color": GREY},
            "monthLabel": {"nameMap": [t(f"month.{m}") for m in range(1, 13)], "color": GREY},
        },
        "series": [{"type": "heatmap", "coordinateSystem": "calendar", "data": cells}],
    }  # fmt: skip
    silent = sum(1 for _, n in cells if n == 0)
    return Chart(spec, t("chart.calendar_alt", days=len(cells), silent=silent), 240)


def hours(counts: Frame) -> Chart:
    """Messages by hour and weekday; `counts` has weekday 0..6, hour 0..23, messages."""
    names = [t("chart.hour", hour=h) for h in range(24)]
    cells = [[int(r.hour), int(r.weekday), int(r.messages)] for r in counts.itertuples()]
    spec = {
        "tooltip": {"formatter": t("chart.hours_tip")},
        "grid": {"left": 8, "right": 10, "top": 8, "bottom": 54, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": names,
            "splitArea": {"show": False},
        },
        "yAxis": {"type": "category", "data": list(weekdays()), "inverse": True},
        "visualMap": _heat_scale(max((c[2] for c in cells), default=1)),
        "series": [{"type": "heatmap", "data": cells, "itemStyle": {"borderColor": _FAINT, "borderWidth": 1}}],
    }
    busy = max(cells, key=lambda c: c[2], default=[0, 0, 0])
    return Chart(spec, t("chart.hours_alt", weekday=weekdays()[busy[1]], hour=busy[0], messages=busy[2]), 290)


def compare(courses: dict[str, Frame]) -> Chart:
    """The temperatures of several chats over time; `courses` are DAYS by the name of the chat."""
    colours = (BLUE, ORANGE, GREEN, VIOLET, RED, GREY)
    lines = [
        _line(name, _iso(days), days["temperature"].round(1), colour)
        for (name, days), colour in zip(courses.items(), colours, strict=False)
    ]
    spec = _over_time(lines, zoom=True)
    spec["yAxis"] |= {"min": 0, "max": 100}
    warmest = max(courses, key=lambda name: float(courses[name]["temperature"].iloc[-1]))
    return Chart(spec, t("chart.compare_alt", count=len(courses), top=warmest), 320)


def bars(names: list[str], series: dict[str, list[float]], alt: str, *, unit: str = "%,d") -> Chart:
    """Horizontal bars in the given order, the first on top; several series side by side."""
    spec = {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": unit},
        "legend": {"show": len(series) > 1, "bottom": 0},
        "grid": {"left": 8, "right": 36, "top": 4, "bottom": 34 if len(series) > 1 else 8, "containLabel": True},
        "xAxis": {"type": "value", "minInterval": 1, "splitNumber": 4, "axisLabel": {"hideOverlap": True}},
        "yAxis": {"type": "category", "data": names, "inverse": True, "axisTick": {"show": False}},
        "series": [
            {"type": "bar", "name": name, "data": values, "barMaxWidth": 18, "itemStyle": {"color": colour},
             "label": {"show": len(series) == 1, "position": "right"}}
            for (name, values), colour in zip(series.items(), (BLUE, GREY, ORANGE), strict=False)
        ],
    }  # fmt: skip
    return Chart(spec, alt, 60 + len(names) * (24 if len(series) == 1 else 34))


def mood(days: Frame) -> Chart:
    """Mean of positive minus negative probability, as a running mean of seven days, -1..1."""
    smooth = days["mood"].astype("float64").rolling(7, min_periods=1).mean().round(3)
    line = _line(t("chart.mood"), _iso(days), smooth, BLUE)
    line["markLine"] = {
        "silent": True, "symbol": "none", "label": {"show": False},
        "lineStyle": {"color": GREY, "type": "solid", "width": 1}, "data": [{"yAxis": 0}],
    }  # fmt: skip
    spec = _over_time([line], zoom=len(days) > 60)
    spec["legend"]["show"] = False
    known = smooth.dropna()
    last = signed(float(known.iloc[-1]), 2) if len(known) else number(None)
    low = signed(float(known.min()), 2) if len(known) else number(None)
    return Chart(spec, t("chart.mood_alt", last=last, low=low), 240)


def _over_time(series: list[dict], *, zoom: bool) -> dict[str, Any]:
    slider = {"type": "slider", "height": 18, "bottom": 6, "showDetail": False, "brushSelect": False}
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"top": 0, "show": True, "type": "scroll"},
        "grid": {"left": 8, "right": 16, "top": 34, "bottom": 38 if zoom else 8, "containLabel": True},
        "xAxis": {"type": "time", "axisLabel": {"formatter": _dates(), "hideOverlap": True}},
        "yAxis": {"type": "value", "splitNumber": 4, "splitLine": {"lineStyle": {"color": _FAINT}}},
        "dataZoom": [slider] if zoom else [],
        "series": series,
    }


def _dates() -> dict[str, str]:
    """How ECharts writes the marks of a time axis; {{}} in the catalogue are its own slots."""
    return {unit: t(f"chart.axis_{unit}") for unit in ("year", "month", "day")}


def _sunday_first() -> list[str]:
    return [t(f"weekday_short.{(n + 6) % 7}") for n in range(7)]


def _line(name: str, dates: list[str], values: Frame, colour: str) -> dict[str, Any]:
    return {
        "type": "line", "name": name, "showSymbol": False, "itemStyle": {"color": colour},
        "lineStyle": {"width": 2, "color": colour}, "data": _points(dates, values),
    }  # fmt: skip


def _bar(name: str, dates: list[str], values: Frame, colour: str) -> dict[str, Any]:
    return {
        "type": "bar", "name": name, "stack": "all", "barMaxWidth": 14, "itemStyle": {"color": colour},
        "data": _points(dates, values),
    }  # fmt: skip


def _points(dates: list[str], values: Frame) -> list[list]:
    """Plain pairs; a missing value becomes null and leaves a gap."""
    return [[d, None if pd.isna(v) else v] for d, v in zip(dates, values.tolist(), strict=True)]


def _heat_scale(most: int) -> dict[str, Any]:
    return {
        "min": 0, "max": max(most, 1), "calculable": False, "orient": "horizontal", "left": "center", "bottom": 4,
        "itemHeight": 110, "itemWidth": 12, "text": [t("chart.more"), t("chart.less")],
        "textStyle": {"color": GREY}, "inRange": {"color": HEAT},
    }  # fmt: skip


def _iso(days: Frame) -> list[str]:
    return [str(d) for d in days["day"]]
