"""The router: opens the page that the address names. Pages are files in views/, so tests can switch to them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Streamlit puts this folder first; ours must win

import streamlit as st  # noqa: E402

from dashboard import guard, languages  # noqa: E402
from dashboard.leap import leap  # noqa: E402
from dashboard.menu import PAGES, START  # noqa: E402
from dashboard.opened import without_login  # noqa: E402
from dashboard.words import escape, language, t, word  # noqa: E402
from nuanqun.language import speaking  # noqa: E402


def main() -> None:
    """The page that was asked for, in the menu of this person."""
    st.set_page_config(page_title=t("app.name"), page_icon="🌡️", layout="wide")
    person = guard.person()
    mine = [name for action, names in PAGES.items() if person.may(action) for name in names]
    sections = {t(f"desk.{action}"): [page(name, mine) for name in names] for action, names in PAGES.items()}
    chosen = st.navigation(sections, expanded=True)
    with st.sidebar:
        languages.switch()
        if not without_login():
            st.caption(t("enter.who", name=escape(person.name), role=word("role_of", person.role)))
            if st.button(t("enter.leave_go"), key="leave", type="tertiary", icon="🚪"):
                leap("/auth/leave")
    name = next(name for names in PAGES.values() for name in names if t(f"{name}.nav") == chosen.title)
    if name in mine:
        chosen.run()
    elif name == START:
        st.switch_page(f"views/{mine[0]}.py")
    else:
        st.title(t("enter.refused_title"))
        st.error(t("enter.refused", role=word("role_of", person.role)), icon="🔒")
        st.page_link(f"views/{mine[0]}.py", label=t("enter.to_own", page=t(f"{mine[0]}.nav")), icon="↩️")


def page(name: str, mine: list[str]) -> st.Page:  # type: ignore[valid-type]
    """A page; what this person may not open stays out of the menu, and its address says why."""
    shown = "visible" if name in mine else "hidden"
    if name == START:  # its own address is the root, whoever asks
        return st.Page(f"views/{name}.py", title=t(f"{name}.nav"), visibility=shown, default=True)
    return st.Page(f"views/{name}.py", title=t(f"{name}.nav"), visibility=shown, url_path=name)


with speaking(language()):  # asked once a run, not for every word: the browser's cookies are parsed each time
    main()
