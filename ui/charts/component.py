"""The chart component: shows plotly figures with plotly.js from the installed package.

A chart is updated in place: zoom and hidden lines survive new values, and nothing flickers. Streamlit's own
chart is rebuilt at every change, which loses both. Below each chart the browser offers its data as a table,
made from the figure when somebody opens it. The JavaScript is ui/browser/chart.js and chart_table.js.
"""

import plotly

from ui.browser import component
from ui.charts import PLOTLY_ROUTE

# plotly writes its own styles into the page
_CHART = component("chart", isolate_styles=False, more=("load_plotly", "chart_table"))
_AHEAD = component("chart_ahead", more=("load_plotly",))


def load_ahead() -> None:
    """Let the browser load plotly.js while a page without charts is read: the next chart is drawn sooner."""
    _AHEAD(key="chart ahead", data={"source": plotly_url()}, height=1)


def show_chart(figure, *, key: str, alt: str) -> None:
    """Show a plotly figure; `alt` says in one line what it shows, for people who cannot see it."""
    show_rendered(rendered(figure), key=key, alt=alt)


def rendered(figure) -> tuple[str, int]:
    """(the figure's JSON, its height in pixels), which show_rendered can show again and again."""
    figure.update_layout(template="none")
    return figure.to_json(), figure.layout.height


def show_rendered(chart: tuple[str, int], *, key: str, alt: str) -> None:
    """As show_chart, for the result of rendered()."""
    figure, height = chart
    _CHART(data={"figure": figure, "source": plotly_url(), "alt": alt, "height": height}, key=key)


def plotly_url() -> str:
    """The address of plotly.js, relative to a page. With its version, because browsers cache the file."""
    return f"{PLOTLY_ROUTE}/plotly.min.js?v={plotly.__version__}"
