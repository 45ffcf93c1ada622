"""A graph as coordinates for an SVG: rings around the centre, the nearest first. No script draws it."""

from collections.abc import Callable
from math import cos, pi, sin
from typing import Any

Json = dict[str, Any]
#: Distance between rings, and the margin that names need, in SVG units.
RING, MARGIN = 150, 90


def drawing(graph: Json, url: Callable[[str], str]) -> Json:
    """`size`, `nodes` with `x y name url`, `edges` with the ends' coordinates, middle and label."""
    rings = _rings(graph)
    half = RING * (len(rings) - 1) + MARGIN
    places = {node: place for depth, ring in enumerate(rings) for node, place in _circle(ring, depth, half)}
    known = {node["id"]: node for node in graph["nodes"]}
    nodes = [{**known[one], "x": x, "y": y, "url": _url(known[one], url)} for one, (x, y) in places.items()]
    edges = [_line(edge, places) for edge in graph["edges"]]
    return {"size": 2 * half, "nodes": nodes, "edges": edges}


def _url(node: Json, url: Callable[[str], str]) -> str:
    return url(node["customer_no"]) if node["customer_no"] and not node["centre"] else ""


def _rings(graph: Json) -> list[list[str]]:
    """Nodes by their distance from the centre; what hangs on nothing is on the last ring."""
    around: dict[str, set[str]] = {node["id"]: set() for node in graph["nodes"]}
    for edge in graph["edges"]:
        around[edge["from"]].add(edge["to"])
        around[edge["to"]].add(edge["from"])
    ring = [node["id"] for node in graph["nodes"] if node["centre"]]
    rings, placed = [], set(ring)
    while ring:
        rings.append(ring)
        ring = sorted({other for node in ring for other in around[node]} - placed)
        placed |= set(ring)
    return rings


def _circle(ring: list[str], depth: int, half: int) -> list[tuple[str, tuple[int, int]]]:
    def place(index: int) -> tuple[int, int]:
        turn = 2 * pi * index / len(ring) - pi / 2 + depth / 3
        return round(half + depth * RING * cos(turn)), round(half + depth * RING * sin(turn))

    return [(node, place(index)) for index, node in enumerate(ring)]


def _line(edge: Json, places: dict[str, tuple[int, int]]) -> Json:
    (x1, y1), (x2, y2) = places[edge["from"]], places[edge["to"]]
    share = f" {edge['ownership_pct']} %" if edge["ownership_pct"] else ""
    middle = {"x": (x1 + x2) // 2, "y": (y1 + y2) // 2, "text": f"{edge['label']}{share}"}
    return {"x1": x1, "y1": y1, "x2": x2, "y2": y2, **middle}
