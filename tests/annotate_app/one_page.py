"""One page of the app by itself, as a role sees it: opened, read and pressed."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _draw(name: str) -> None:
    from importlib import import_module

    from annotate_app.ui import host, state

    state.restore()
    import_module(f"annotate_app.ui.views.{name}").view(host.desk())


def opened(name: str, role: str) -> AppTest:
    """The page `name` of the study that the environment names."""
    app = AppTest.from_function(_draw, default_timeout=60, args=(name,))
    app.query_params["role"] = role
    return app.run()


def shown(app: AppTest) -> str:
    """All that the page wrote as HTML."""
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def press(app: AppTest, label: str) -> AppTest:
    """The page after its button was pressed."""
    next(button for button in app.button if button.label == label).click()
    return app.run()
