"""The router: which pages there are. Pages are files in views/, so that tests can switch between them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Streamlit puts this folder first; ours must win

import streamlit as st  # noqa: E402

from dashboard.words import t  # noqa: E402

st.set_page_config(page_title=t("app.name"), page_icon="🌡️", layout="wide")
pages = {
    t("app.name"): [
        st.Page("views/overview.py", title=t("overview.nav"), default=True),
        st.Page("views/chat.py", title=t("chat.nav"), url_path="chat"),
        st.Page("views/members.py", title=t("members.nav"), url_path="members"),
        st.Page("views/review.py", title=t("review.nav"), url_path="review"),
        st.Page("views/upload.py", title=t("upload.nav"), url_path="upload"),
    ]
}
st.navigation(pages).run()
