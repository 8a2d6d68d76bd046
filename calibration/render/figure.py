"""A reliability diagram as inline SVG; places only, no statistics."""

from __future__ import annotations

from html import escape

from calibration.render.blocks import Diagram
from calibration.stats.reliability import Bin

SIZE, LEFT, TOP = 220.0, 34.0, 8.0


def svg(diagram: Diagram) -> str:
    """Confidence to the right, share of right verdicts upwards; band: what a perfect judge would show."""
    if not diagram.bins:
        return ""
    marks = "".join(_marks(one) for one in diagram.bins)
    ticks = "".join(_tick(k / 4) for k in range(5))
    width, height = LEFT + SIZE + 12, TOP + SIZE + 36
    return (
        f'<svg class="reliability" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(diagram.label)}">'
        f'<rect class="frame" x="{LEFT:.0f}" y="{TOP:.0f}" width="{SIZE:.0f}" height="{SIZE:.0f}"/>'
        f"{ticks}{_line('ideal', 0, 0, 1, 1)}{marks}"
        f'<text x="{LEFT + SIZE / 2:.0f}" y="{height - 2:.0f}" text-anchor="middle">stated confidence</text>'
        f'<text x="9" y="{TOP + SIZE / 2:.0f}" text-anchor="middle" '
        f'transform="rotate(-90 9 {TOP + SIZE / 2:.0f})">share right</text></svg>'
    )


def _marks(one: Bin) -> str:
    """Band, interval and dot of one bin."""
    c = one.confidence
    return (
        _line("band", c, one.band_low, c, one.band_high)
        + _line("range", c, one.right_low, c, one.right_high)
        + f'<circle class="dot" cx="{_x(c):.1f}" cy="{_y(one.right):.1f}" r="3"/>'
    )


def _tick(at: float) -> str:
    return (
        f'<text x="{_x(at):.1f}" y="{TOP + SIZE + 14:.0f}" text-anchor="middle">{at:g}</text>'
        f'<text x="{LEFT - 4:.0f}" y="{_y(at) + 3.5:.1f}" text-anchor="end">{at:g}</text>'
    )


def _line(name: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{name}" x1="{_x(x1):.1f}" y1="{_y(y1):.1f}" x2="{_x(x2):.1f}" y2="{_y(y2):.1f}"/>'


def _x(share: float) -> float:
    return LEFT + SIZE * share


def _y(share: float) -> float:
    return TOP + SIZE * (1 - share)
