"""Who answers whom, as a picture: the layout is computed here once, the browser only draws it.

In: EDGES and MEMBERS of one chat. Out: a `Chart`. Example: `network.graph(edges, members)`.
"""

from __future__ import annotations

import random
from typing import Any

import igraph
import numpy as np
import pandas as pd

from dashboard import Frame
from dashboard.charts import BLUE, GREEN, GREY, ORANGE, RED, VIOLET, Chart
from dashboard.words import number, plain, t

MOST_NODES = 500
LABELLED = 10
SURE = 0.5
"""Links less probable than this are not drawn."""
_COLOURS = (BLUE, ORANGE, GREEN, VIOLET, RED)


def graph(edges: Frame, members: Frame) -> Chart | None:
    """The reply network of at most 500 members, coloured by circle (Leiden); None when nobody answers anybody."""
    pairs = weigh(edges)
    if pairs.empty:
        return None
    strength: Frame = pd.concat([pairs.set_index("a")["weight"], pairs.set_index("b")["weight"]]).groupby(level=0).sum()
    kept = list(strength.sort_values(ascending=False, kind="stable").index[:MOST_NODES])
    pairs = pairs[pairs["a"].isin(kept) & pairs["b"].isin(kept)]
    circles, places = _lay_out(kept, pairs)
    sizes = pd.Series(circles).value_counts()
    ranked = [int(str(circle)) for circle, size in sizes.items() if size >= 3][: len(_COLOURS)]
    nodes = _nodes(kept, strength, {c: i for i, c in enumerate(ranked)}, circles, places, _names(members))
    alt = t("chart.network_alt", members=len(kept), links=len(pairs), circles=len(ranked), top=nodes[0]["name"])
    return Chart(_spec(nodes, _links(kept, pairs), len(ranked)), alt, 520)


def weigh(edges: Frame) -> Frame:
    """Undirected pairs `a`, `b`, `weight` = expected number of answers between two different members."""
    sure = edges[(edges["confidence"] >= SURE) & (edges["from_id"] != edges["to_id"])]
    ends = pd.DataFrame(
        {
            "a": sure[["from_id", "to_id"]].min(axis=1),
            "b": sure[["from_id", "to_id"]].max(axis=1),
            "weight": sure["confidence"].astype("float64"),
        }
    )
    return ends.groupby(["a", "b"], as_index=False)["weight"].sum()


def _lay_out(kept: list[str], pairs: Frame) -> tuple[list[int], list[tuple[float, float]]]:
    """Circle and place of every member; a fixed seed draws the same network the same way."""
    place = {member: i for i, member in enumerate(kept)}
    links = list(zip(pairs["a"].map(place), pairs["b"].map(place), strict=True))
    net = igraph.Graph(n=len(kept), edges=links)
    igraph.set_random_number_generator(random.Random(7))
    weights = pairs["weight"].tolist()
    circles = net.community_leiden(objective_function="modularity", weights=weights, n_iterations=4).membership
    layout = net.layout_fruchterman_reingold(niter=300, weights=[w**0.5 for w in weights])
    return circles, _spread(np.array(layout.coords))


def _spread(places: np.ndarray) -> list[tuple[float, float]]:
    """Pull far members in, so that the crowd in the middle has room; the longest way from the centre is 500."""
    away = places - places.mean(axis=0)
    far = np.hypot(away[:, 0], away[:, 1])
    scale = 500 * (far / max(far.max(), 1e-9)) ** 0.6 / np.maximum(far, 1e-9)
    return [(round(float(x), 1), round(float(y), 1)) for x, y in away * scale[:, None]]


def _names(members: Frame) -> dict[str, str]:
    return dict(zip(members["member_id"], members["name"], strict=True))


def _nodes(
    kept: list[str],
    strength: Frame,
    colours: dict[int, int],
    circles: list[int],
    places: list[tuple[float, float]],
    names: dict[str, str],
) -> list[dict[str, Any]]:
    most = float(strength.max())
    return [
        {
            "id": str(i),
            "name": plain(names.get(member, member)),
            "value": number(float(strength[member]), 1),
            "x": places[i][0],
            "y": places[i][1],
            "symbolSize": round(8 + 26 * (float(strength[member]) / most) ** 0.5, 1),
            "category": colours.get(circles[i], len(colours)),
            "label": {"show": i < LABELLED},
        }
        for i, member in enumerate(kept)
    ]


def _links(kept: list[str], pairs: Frame) -> list[dict[str, Any]]:
    place = {member: str(i) for i, member in enumerate(kept)}
    most = float(pairs["weight"].max())
    return [
        {
            "source": place[row.a],
            "target": place[row.b],
            "lineStyle": {"width": round(0.6 + 4 * row.weight / most, 2)},
        }
        for row in pairs.itertuples()
    ]


def _spec(nodes: list[dict], links: list[dict], circles: int) -> dict[str, Any]:
    names = [t("chart.circle", n=i + 1) for i in range(circles)] + [t("chart.no_circle")]
    categories = [
        {"name": name, "itemStyle": {"color": colour}}
        for name, colour in zip(names, [*_COLOURS[:circles], GREY], strict=True)
    ]
    return {
        "tooltip": {"formatter": t("chart.network_tip")},
        "legend": {"data": names, "bottom": 0},
        "series": [
            {
                "type": "graph",
                "layout": "none",
                "roam": True,
                "preserveAspect": "contain",
                "top": 16,
                "bottom": 44,
                "left": 8,
                "right": 24,
                "categories": categories,
                "data": nodes,
                "links": links,
                "label": {"position": "right", "fontSize": 12},
                "labelLayout": {"hideOverlap": True},
                "lineStyle": {"color": "source", "opacity": 0.35, "curveness": 0.08},
                "emphasis": {"focus": "adjacency", "label": {"show": True}},
            }
        ],
    }
