"""Requests and frames of foreign web pages."""

from http.client import HTTPConnection, HTTPResponse

from tests.faults.rows import Outcome, row
from tests.faults.support.connections import opens_websocket
from tests.faults.support.server import break_new_processes, serving

ROUTES = (
    "/",
    "/train",
    "/plotly/plotly.min.js",
    "/_stcore/health",
    "/_stcore/host-config",
    "/static/none.js",
    "/media/none",
    "/uploads/none",
)


@row(
    "J7",
    "a foreign page frames the app, uses another host name for it, or sends requests",
    "refused on every route; the app's own page is served",
    breaks=("no rules",),
)
def foreign_pages(place, patch, broken):
    if broken:
        break_new_processes(place, patch, "import ui.server\nui.server.middleware = list")
    patch.setenv("IMDB_EMBEDDED_IN", "https://course.example.org 'none';")
    with serving(place) as server:
        own = f"127.0.0.1:{server.port}"
        cases = [("evil.test", None), (f"127.0.0.1.evil.test:{server.port}", None), ("", None)]
        cases += [
            (own, page)
            for page in ("http://evil.test", "http://127.0.0.1:1", "http://localhost:3000", "null")
        ]
        answered = sum(_answer(server, path, *case).status != 403 for case in cases for path in ROUTES)
        sockets = sum(opens_websocket(server, *case) for case in cases if case[0])
        served = [_answer(server, path, own, f"http://{own}") for path in ROUTES]
    policies = [answer.getheader("Content-Security-Policy", "") for answer in served]
    framed = sum(
        not policy.endswith("frame-ancestors 'self' https://course.example.org") for policy in policies
    )
    refused = sum(answer.status == 403 for answer in served)
    figure = f"{answered} of {len(cases) * len(ROUTES)} foreign requests and {sockets} sockets answered, "
    figure += f"{framed} answers without the rule for frames, {refused} own requests refused"
    return Outcome(figure, not (answered or sockets or framed or refused))


def _answer(server, path: str, host: str, origin: str | None) -> HTTPResponse:
    """The answer to a GET request with this Host header and Origin; None sends no Origin."""
    line = HTTPConnection("127.0.0.1", server.port, timeout=10)
    line.putrequest("GET", path, skip_host=True)
    for name, value in (("Host", host), ("Origin", origin)):
        if value is not None:
            line.putheader(name, value)
    line.endheaders()
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer
