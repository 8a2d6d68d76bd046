"""What the rating desk is compared with: a bare Streamlit rerun and the quickest native form, as scripts."""

from __future__ import annotations

BARE = """
import streamlit as st
st.session_state.n = st.session_state.get("n", 0) + 1
st.button("Next")
st.html(f'<p class="cal-main">{st.session_state.n}</p>')
"""

# A fragment with a form and a callback; the answers go to SQLite, durably, as ours do.
NATIVE = """
import sqlite3, tempfile, streamlit as st
@st.cache_resource
def database():
    found = sqlite3.connect(tempfile.mkstemp(".db")[1], check_same_thread=False, isolation_level=None)
    found.execute("PRAGMA journal_mode = WAL")
    found.execute("PRAGMA synchronous = FULL")
    found.execute("CREATE TABLE label (item INTEGER, grounded TEXT, tone TEXT)")
    return found
def submit():
    s = st.session_state
    database().execute("INSERT INTO label VALUES (?, ?, ?)", (s.n, s[f"a{s.n}"], s[f"b{s.n}"]))
    s.n += 1
@st.fragment
def page():
    n = st.session_state.setdefault("n", 0)
    left, right = st.columns(2)
    body = "A paragraph of an answer, as models write them. " * 20
    left.html(f'<div class="cal-main"><p>{n}: {body}</p></div>')
    with right.form(f"f{n}"):
        st.radio("Is every claim supported?", ["yes", "no"], index=None, key=f"a{n}")
        st.radio("How friendly is it?", ["cold", "neutral", "warm"], index=None, key=f"b{n}")
        st.form_submit_button("Submit and next", on_click=submit)
page()
"""

# The same launcher as ours: uvicorn, TCP_NODELAY, and the collector off what is imported.
SERVER = """
import gc, sys, uvicorn
from pathlib import Path
from annotate_app import server
from annotate_app.ui import theme
from streamlit import config
from streamlit.starlette import App
config.get_config_options(force_reparse=True, options_from_flags=theme.STREAMLIT_OPTIONS)
listener = server._listen("127.0.0.1", int(sys.argv[2]))
gc.collect(); gc.freeze()
uvicorn.Server(server._uvicorn_config(App(Path(sys.argv[1])))).run(sockets=[listener])
"""
