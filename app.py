"""Learn how networks judge film reviews: streamlit run app.py

Streamlit imports this file once to start the server. Then it runs the file as a script each time it shows a
page.
"""

import sys
from pathlib import Path

if __name__ != "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))  # the file may be started through a link

# Before any other package: imdb_core says which Pythons it needs.
from imdb_core import import_path

if __name__ != "__main__":
    import_path.leave_out_start_folder()

# isort: split
import streamlit as st

ICON = str(Path(__file__).parent / "ui" / "icon.png")


def show_page() -> None:
    """Set up the menu and run the page that the visitor opened."""
    from imdb_core import languages, paths
    from imdb_core.errors import UserError, sentence
    from imdb_core.version import VERSION
    from ui import page_link
    from ui.formats import escaped
    from ui.next_step import show_next_step
    from ui.pages import by_group, by_path
    from ui.server_memory import freeze_loaded_modules

    st.set_page_config(page_icon=ICON, layout="wide")  # each page sets its own title (ui.heading)
    st.logo(ICON, size="large")
    menu = {
        group: [
            st.Page(
                page.file,
                title=page.title,
                icon=f":material/{page.icon}:",
                url_path=page.path,
                default=not page.path,
            )
            for page in pages
        ]
        for group, pages in by_group().items()
    }
    page = st.navigation(menu)
    st.sidebar.caption(f"Sequence lab {VERSION}")
    if problem := languages.problem():
        st.sidebar.warning(escaped(problem))
    try:
        paths.check()
        page_link.restore_changes()
        page.run()
        show_next_step(by_path(page.url_path).script)
    except (UserError, OSError) as error:  # OSError: for instance, the folder of runs may not be read
        st.error(escaped(sentence(error)), icon=":material/error:")
    finally:  # also after a page that stops early
        freeze_loaded_modules()


if __name__ == "__main__":
    show_page()
else:
    from ui import server

    server.prepare()
    app = st.App(__file__, routes=server.routes(), middleware=server.middleware(), lifespan=server.lifespan)
