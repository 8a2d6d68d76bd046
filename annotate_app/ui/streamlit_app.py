"""The script that Streamlit runs for every interaction; everything is imported, so each run only draws."""

from annotate_app.ui import app

app.run()
