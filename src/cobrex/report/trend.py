"""A metric over nights as a picture: SVG, which needs no library to draw or to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from math import floor, log10

from .quantities import number

_WIDTH, _HEIGHT = 900, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 24, 56, 58
_COLOURS = {"pass": "#1a7f4b", "warn": "#9a6700", "fail": "#b42318"}
_INK, _SOFT, _LINE = "#1d2733", "#5c6b7a", "#dde3e9"
_ZERO = datetime(1858, 11, 17)
_FONT = "system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif"


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement.

    Attributes
    ----------
    mjd, value : float
        When, days, and what.
    verdict : str
        ``pass``, ``warn``, ``fail``.
    low, high : float or None
        The range it was judged by.
    label : str
        What it is of.
    """

    mjd: float
    value: float
    verdict: str
    low: float | None
    high: float | None
    label: str


@dataclass(slots=True)
class _Axes:
    """From numbers to places on the picture."""

    first: float
    last: float
    bottom: float
    top: float
    parts: list[str] = field(default_factory=list)

    def x(self, mjd: float) -> float:
        share = (mjd - self.first) / (self.last - self.first)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.bottom) / (self.top - self.bottom)
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

    def line(self, ends: Sequence[float], colour: str, *, dash: str = "") -> None:
        x1, y1, x2, y2 = ends
        more = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}"{more}/>'
        )

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "middle", style: str = ""
    ) -> None:
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {style}>{escape(words)}</text>'
        )


def draw(points: Iterable[Point], *, title: str, unit: str) -> str:
    """Draw a metric over nights.

    Parameters
    ----------
    points : iterable of Point
        At least one.
    title, unit : str

    Returns
    -------
    str
        SVG: points by verdict, failed ones crossed, the ranges as dashed lines.
    """
    points = sorted(points, key=lambda p: (p.mjd, p.label))
    axes = _axes(points)
    _frame(axes, title, unit)
    for bound in ("low", "high"):
        _bound(axes, points, bound)
    for point in points:
        _mark(axes, point)
    _legend(axes, points)
    body = "\n".join(axes.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'font-family="{_FONT}" font-size="13" fill="{_INK}">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _axes(points: Sequence[Point]) -> _Axes:
    values = [p.value for p in points]
    span = max(values) - min(values)
    bounds = [b for p in points for b in (p.low, p.high) if b is not None]
    # a far bound must not squeeze the points into a line
    near = [b for b in bounds if min(values) - 2 * span <= b <= max(values) + 2 * span or not span]
    low, high = min([*values, *near]), max([*values, *near])
    pad = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    first, last = points[0].mjd, points[-1].mjd
    side = (last - first) * 0.03 or 1.0
    return _Axes(first - side, last + side, low - pad, high + pad)


def _frame(axes: _Axes, title: str, unit: str) -> None:
    right, floor_y = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    axes.text(_LEFT, 28, title, anchor="start", style='font-size="17" font-weight="600"')
    for value in _ticks(axes.bottom, axes.top, 5):
        axes.line((_LEFT, axes.y(value), right, axes.y(value)), _LINE)
        axes.text(_LEFT - 10, axes.y(value) + 4, number(value), anchor="end", style=_soft())
    for mjd, label in _days(axes.first, axes.last):
        x = axes.x(mjd)
        axes.line((x, floor_y, x, floor_y + 5), _SOFT)
        axes.text(x, floor_y + 21, label, style=_soft())
    axes.line((_LEFT, floor_y, right, floor_y), _SOFT)
    if unit:
        axes.text(_LEFT - 10, _TOP - 8, unit, anchor="end", style=_soft())


def _days(first: float, last: float) -> list[tuple[float, str]]:
    """Midnights to label; hours of the day when there is at most one."""
    step = max(1, round((last - first) / 6))
    edge = (last - first) * 0.04  # a label there would be cut off
    days = [d for d in range(int(first) + 1, int(last) + 1, step) if d < last - edge]
    if len(days) > 1:
        return [(day, (_ZERO + timedelta(days=day)).date().isoformat()) for day in days]
    places = [first + (last - first) * share for share in (0.1, 0.5, 0.9)]
    return [(mjd, f"{_ZERO + timedelta(days=mjd):%Y-%m-%d %H:%M}") for mjd in places]


def _soft() -> str:
    return f'fill="{_SOFT}" font-size="12"'


def _ticks(low: float, high: float, about: int) -> list[float]:
    rough = (high - low) / about
    power = 10.0 ** floor(log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    first = floor(low / step) + 1
    return [round(n * step, 12) for n in range(first, floor(high / step) + 1)]


def _bound(axes: _Axes, points: Sequence[Point], name: str) -> None:
    """The range of each point, up to where the next has another: ranges change with versions."""
    begin = float(_LEFT)
    for n, point in enumerate(points):
        value = getattr(point, name)
        following = points[n + 1] if n + 1 < len(points) else None
        if following is not None and getattr(following, name) == value:
            continue
        end = axes.x(following.mjd) if following is not None else float(_WIDTH - _RIGHT)
        if value is not None and axes.bottom <= value <= axes.top:
            axes.line((begin, axes.y(value), end, axes.y(value)), _COLOURS["fail"], dash="6 4")
        begin = end
    last = getattr(points[-1], name)
    if last is not None and axes.bottom <= last <= axes.top:
        style = f'fill="{_COLOURS["fail"]}" font-size="11"'
        up = -5 if name == "high" else 14
        axes.text(_WIDTH - _RIGHT, axes.y(last) + up, number(last), anchor="end", style=style)


def _mark(axes: _Axes, point: Point) -> None:
    x, y = axes.x(point.mjd), axes.y(point.value)
    colour = _COLOURS.get(point.verdict, _SOFT)
    tip = f"<title>{escape(point.label)}: {number(point.value)}, {point.verdict}</title>"
    if point.verdict == "fail":
        shape = f'<path d="M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10" stroke="{colour}" '
        axes.parts.append(f'{shape}stroke-width="2.5" fill="none">{tip}</path>')
        return
    axes.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}">{tip}</circle>')


def _legend(axes: _Axes, points: Sequence[Point]) -> None:
    x = float(_LEFT)
    for verdict in ("pass", "warn", "fail"):
        count = sum(p.verdict == verdict for p in points)
        if count:
            mark = "×" if verdict == "fail" else "●"
            style = f'fill="{_COLOURS[verdict]}"'
            axes.text(x, _HEIGHT - 12, f"{mark} {verdict} {count}", anchor="start", style=style)
            x += 90
    if any(p.low is not None or p.high is not None for p in points):
        style = f'fill="{_COLOURS["fail"]}"'
        axes.text(x, _HEIGHT - 12, "- - range", anchor="start", style=style)
