"""Learn how networks judge film reviews: streamlit run app.py

Streamlit imports this file once, for the server; then every look at a page runs it as a script, which shows
the page.
"""

import sys
from pathlib import Path

if __name__ != "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))  # a link to this file may have been started

from imdb_core import (
    import_path,
)  # first: the package says which Pythons will do, before anything else is missed

if __name__ != "__main__":
    import_path.leave_out_start_folder()

# isort: split
import streamlit as st

ICON = str(Path(__file__).parent / "ui" / "icon.png")


def show_page() -> None:
    """Page config and navigation; every page is a short script in pages/."""
    from imdb_core import paths
    from imdb_core.errors import UserError
    from imdb_core.version import VERSION
    from ui import messages, words
    from ui.memory import spare_packages

    st.set_page_config(page_icon=ICON, layout="wide")  # each page sets its own title (ui.parts.page_heading)
    st.logo(ICON, size="large")
    pages = [
        st.Page("pages/classify.py", title="Type a review", icon=":material/edit_note:", default=True),
        st.Page("pages/learn.py", title="The five networks", icon=":material/school:", url_path="learn"),
        st.Page(
            "pages/train.py", title="Train a network", icon=":material/model_training:", url_path="train"
        ),
        st.Page("pages/watch.py", title="Watch a run", icon=":material/monitoring:", url_path="watch"),
        st.Page("pages/runs.py", title="All runs", icon=":material/list_alt:", url_path="runs"),
        st.Page(
            "pages/compare.py", title="Compare runs", icon=":material/compare_arrows:", url_path="compare"
        ),
        st.Page(
            "pages/inspect.py", title="Look into a run", icon=":material/troubleshoot:", url_path="inspect"
        ),
        st.Page("pages/data.py", title="The reviews", icon=":material/menu_book:", url_path="data"),
    ]
    page = st.navigation(pages)
    st.sidebar.caption(f"Sequence lab {VERSION}")
    try:
        paths.check()
        page.run()
    except (UserError, OSError) as error:  # OSError: a folder of runs that may not be read, for instance
        st.error(words.plain(messages.sentence(error)), icon=":material/error:")
    finally:  # a page that stops early has loaded its packages as well
        spare_packages()


if __name__ == "__main__":
    show_page()
else:
    from ui import server, sessions

    server.demand_own_settings()
    sessions.keep_few()
    app = st.App(__file__, routes=server.routes(), middleware=server.middleware(), lifespan=server.lifespan)
