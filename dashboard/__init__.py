"""Streamlit pages over the store: app.py is the router, load.py the only reader."""

OWNER = "nuanqun"
