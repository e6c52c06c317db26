"""Charts as SVG made on the server: numbers in, markup out; no script, no style but the page's own classes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 180, 44, 24
_INNER_WIDTH, _INNER_HEIGHT = WIDTH - LEFT - 8, HEIGHT - BOTTOM - 12


def timeline(days: Sequence[tuple[dt.date, float]], first: dt.date, last: dt.date, title: str) -> Markup:
    """A bar for each day with an amount, between `first` and `last`; amounts below zero hang down."""
    span = max((last - first).days, 1)
    top = max([amount for _, amount in days] + [0.0]) or 1.0
    low = min([amount for _, amount in days] + [0.0])
    scale = _INNER_HEIGHT / (top - low)
    zero = 12 + top * scale
    bars = Markup("").join(
        Markup(
            '<rect class="{}" x="{:.1f}" y="{:.1f}" width="3" height="{:.1f}"><title>{}: {:.2f}</title></rect>'
        ).format(
            "bar" if amount >= 0 else "bar negative",
            LEFT + (day - first).days / span * (_INNER_WIDTH - 3),
            zero - max(amount, 0) * scale,
            max(abs(amount) * scale, 1),
            day.isoformat(),
            amount,
        )
        for day, amount in days
    )
    labels = _text(LEFT, HEIGHT - 6, first.isoformat()) + _text(WIDTH - 8, HEIGHT - 6, last.isoformat(), "end")
    labels += _text(LEFT - 6, 20, f"{top:,.0f}", "end") + _text(LEFT - 6, zero, "0", "end")
    return _svg(_line(LEFT, zero, WIDTH - 8, zero) + bars + labels, title)


def interval(start: dt.date, days: int, earliest: dt.date, middle: dt.date, latest: dt.date | None) -> Markup:
    """An interval of days on a line that begins at `start`; an open end reaches the line's end."""
    end = max([dt.timedelta(days=days) + start, middle, *([latest] if latest else [])])
    span = max((end - start).days, 1)

    def x(day: dt.date) -> float:
        return LEFT + min(max((day - start).days / span, 0), 1) * _INNER_WIDTH

    left, right = x(earliest), x(latest or end)
    marks = _line(LEFT, 34, WIDTH - 8, 34)
    marks += Markup('<rect class="interval" x="{:.1f}" y="24" width="{:.1f}" height="20"/>').format(
        left, max(right - left, 3)
    )
    marks += Markup('<circle class="point" cx="{:.1f}" cy="34" r="7"/>').format(x(middle))
    marks += _text(LEFT, 66, start.isoformat()) + _text(WIDTH - 8, 66, end.isoformat(), "end")
    until = latest.isoformat() if latest else f"after {end.isoformat()}"
    return _svg(marks, f"80 % interval {earliest} to {until}, most likely {middle}", height=76)


def bars(items: Sequence[tuple[str, float, str]], title: str) -> Markup:
    """Horizontal bars: label, value, and the value as text."""
    top = max([abs(value) for _, value, _ in items] + [0.0]) or 1.0
    rows = Markup("").join(
        _text(170, 24 * row + 20, label[:26], "end")
        + Markup('<rect class="bar" x="178" y="{}" width="{:.1f}" height="14"/>').format(
            24 * row + 9, max(abs(value) / top * 360, 1)
        )
        + _text(186 + abs(value) / top * 360, 24 * row + 20, text)
        for row, (label, value, text) in enumerate(items)
    )
    return _svg(rows, title, height=24 * len(items) + 12)


def curve(points: Sequence[tuple[float, float]], title: str, *, diagonal: bool = False) -> Markup:
    """A line through points; with `diagonal` both axes go from 0 to 1 and the diagonal is drawn."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    x_low, x_high = (0.0, 1.0) if diagonal else (min(xs), max(xs))
    y_low, y_high = (0.0, 1.0) if diagonal else (min([0.0, *ys]), max([*ys, 1e-9]))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - x_low) / ((x_high - x_low) or 1)
        up = (y - y_low) / ((y_high - y_low) or 1)
        return LEFT + across * _INNER_WIDTH, 12 + (1 - up) * _INNER_HEIGHT

    placed = [place(x, y) for x, y in points]
    marks = _line(LEFT, 12 + _INNER_HEIGHT, WIDTH - 8, 12 + _INNER_HEIGHT) + _line(LEFT, 12, LEFT, 12 + _INNER_HEIGHT)
    if diagonal:
        marks += Markup('<line class="diagonal" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(*place(0, 0), *place(1, 1))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    marks += Markup('<polyline class="curve" points="{}"/>').format(path)
    for (x, y), (across, up) in zip(placed, points, strict=True):
        dot = Markup('<circle class="point" cx="{:.1f}" cy="{:.1f}" r="4"><title>{:.3f}, {:.3f}</title></circle>')
        marks += dot.format(x, y, across, up)
    marks += _text(LEFT - 6, 20, f"{y_high:.2f}", "end") + _text(LEFT - 6, 12 + _INNER_HEIGHT, f"{y_low:.2f}", "end")
    return _svg(marks, title)


def _svg(content: Markup, title: str, height: int = HEIGHT) -> Markup:
    frame = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}</svg>')
    return frame.format(WIDTH, height, title, title, content)


def _line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="axis" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(x1, y1, x2, y2)


def _text(x: float, y: float, text: str, anchor: str = "start") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, text)
