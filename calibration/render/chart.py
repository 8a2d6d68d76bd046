"""A trend as inline SVG: values with intervals, what happened meanwhile, the floor; places only."""

from __future__ import annotations

from datetime import datetime
from html import escape

from calibration.period import Point, Trend

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720.0, 220.0, 46.0, 16.0, 14.0, 30.0
MARGIN = 0.08
SHORTEST = 60.0  # seconds; points of one moment stand side by side


class _Frame:
    """Where times and values stand."""

    def __init__(self, trend: Trend) -> None:
        times = [_seconds(point.at) for point in trend.points]
        self.first, last = min(times), max(times)
        self.span = max(last - self.first, SHORTEST)
        shown = [v for p in trend.points for v in (p.value, p.low, p.high) if v is not None]
        shown += [] if trend.floor is None else [trend.floor]
        room = max(max(shown) - min(shown), 0.05) * MARGIN
        self.low, self.high = min(shown) - room, max(shown) + room

    def x(self, at: str) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (_seconds(at) - self.first) / self.span

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)


def trend_svg(trend: Trend) -> str:
    """Time to the right, value upwards; the table beside it says the same."""
    if not trend.points:
        return ""
    frame = _Frame(trend)
    line = " ".join(f"{frame.x(p.at):.1f},{frame.y(p.value):.1f}" for p in trend.points)
    return (
        f'<div class="scroll"><svg class="trend" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" '
        f'aria-label="{escape(trend.title)}, {len(trend.points)} points; the table below has the numbers">'
        f"{_axes(frame, trend)}{_floor(frame, trend)}{_marks(frame, trend)}"
        f'<polyline class="line" points="{line}"/>'
        f"{''.join(_point(frame, p) for p in trend.points)}</svg></div>"
    )


def _axes(frame: _Frame, trend: Trend) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    ticks = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{frame.y(v):.1f}" y2="{frame.y(v):.1f}"/>'
        f'<text x="{LEFT - 6}" y="{frame.y(v) + 4:.1f}" text-anchor="end">{_short(v)}</text>'
        for v in (frame.low + (frame.high - frame.low) * k / 4 for k in range(5))
    )
    first, last = trend.points[0].at, trend.points[-1].at
    shown = slice(0, 10) if first[:10] != last[:10] else slice(0, 16)
    ends = f'<text x="{LEFT}" y="{bottom + 18}">{escape(first[shown].replace("T", " "))}</text>'
    if frame.span > SHORTEST:
        words = escape(last[shown].replace("T", " "))
        ends += f'<text x="{right}" y="{bottom + 18}" text-anchor="end">{words}</text>'
    return ticks + ends


def _short(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _floor(frame: _Frame, trend: Trend) -> str:
    if trend.floor is None:
        return ""
    y = frame.y(trend.floor)
    return (
        f'<line class="floor" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="floor" x="{WIDTH - RIGHT}" y="{y - 4:.1f}" text-anchor="end">floor</text>'
    )


def _marks(frame: _Frame, trend: Trend) -> str:
    """A line for each thing that happened; its words step down, so that neighbours can be read."""
    return "".join(
        f'<line class="mark" x1="{frame.x(m.at):.1f}" x2="{frame.x(m.at):.1f}" y1="{TOP}" '
        f'y2="{HEIGHT - BOTTOM}"/>{_mark_words(frame.x(m.at), TOP + 10 + 13 * (k % 4), m.text)}'
        for k, m in enumerate(trend.marks)
    )


def _mark_words(x: float, y: float, words: str) -> str:
    left = x < WIDTH / 2
    anchor = "start" if left else "end"
    return (
        f'<text x="{x + (4 if left else -4):.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def _point(frame: _Frame, point: Point) -> str:
    x = frame.x(point.at)
    dot = f'<circle class="dot" cx="{x:.1f}" cy="{frame.y(point.value):.1f}" r="3.5"/>'
    if point.low is None or point.high is None:
        return dot
    return (
        f'<line class="range" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.y(point.low):.1f}" '
        f'y2="{frame.y(point.high):.1f}"/>{dot}'
    )


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
