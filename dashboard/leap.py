"""Leave Streamlit for one of the server's own pages in the same tab: Streamlit's links open new ones."""

from __future__ import annotations

from typing import Any

import streamlit as st

NAME = "nuanqun_leap"
_JS = """
export default function ({ data }) {
  if (/^\\/auth\\/[a-z]+(\\/[a-zA-Z-]+)?$/.test(data.to)) window.location.assign(data.to);
}
"""


def leap(to: str) -> None:
    """Go to `/auth/...` of this server; nothing else is followed."""
    _component()(data={"to": to}, key=f"leap_{to}")


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    return st.components.v2.component(NAME, js=_JS)
