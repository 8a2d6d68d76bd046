"""How the app looks and behaves as Streamlit's options; plain values, refuses no user setting but these."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FONT = "'Source Sans', 'Noto Sans', 'Noto Sans CJK SC', 'Noto Sans Arabic', system-ui, sans-serif"

LIGHT = {
    "primaryColor": "#1b6a66",
    "backgroundColor": "#fcfbf9",
    "secondaryBackgroundColor": "#f2f0eb",
    "textColor": "#22272b",
    "linkColor": "#1b5e8c",
    "borderColor": "#dcd8cf",
}
DARK = {
    "primaryColor": "#2a7d77",
    "backgroundColor": "#15181b",
    "secondaryBackgroundColor": "#1e2327",
    "textColor": "#e4e2dd",
    "linkColor": "#86b9e3",
    "borderColor": "#383f45",
}

STREAMLIT_OPTIONS: dict[str, object] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "viewer",
    "runner.magicEnabled": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.maxUploadSize": 20,  # megabytes, whichever page asks
    "server.headless": True,
    "theme.font": _FONT,
    "theme.baseRadius": "0.4rem",
    "theme.showWidgetBorder": True,
    "theme.headingFontWeights": [600, 600, 600, 600, 600, 600],
    "theme.headingFontSizes": ["1.75rem", "1.35rem", "1.15rem", "1rem", "1rem", "1rem"],
    **{f"theme.light.{name}": value for name, value in LIGHT.items()},
    **{f"theme.dark.{name}": value for name, value in DARK.items()},
}


@cache
def style_sheet() -> str:
    """Our own classes, all named `cal-…`; the only CSS that the app adds to Streamlit's."""
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
