"""Streamlit pages over the store: app.py is the router, load.py the only reader."""

from typing import Any

OWNER = "nuanqun"

Frame = Any
"""A pandas DataFrame: the types that pandas 3 carries make a checker refuse ordinary arithmetic of columns."""
Row = dict[str, Any]
"""One row of a Frame, as `to_dict("records")` gives it."""
