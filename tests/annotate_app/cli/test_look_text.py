"""What `certify` prints of numbers: small ones, such as prices, keep digits that tell them apart."""

from __future__ import annotations

import pytest

from annotate_app.cli.trust import estimate_text


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (0.00150528, 0.00148989, 0.00152205, "0.00151 [0.00149, 0.00152] at level 0.939"),
        (0.75, 0.67, 0.8191, "0.750 [0.670, 0.819] at level 0.939"),
        (0.0, 0.0, 0.0123, "0.000 [0.000, 0.012] at level 0.939"),
    ],
)
def test_a_price_is_not_rounded_to_its_limit(value: float, low: float, high: float, said: str) -> None:
    assert estimate_text({"value": value, "low": low, "high": high, "level": 0.9392}) == said
