"""The route that a page asks for the new rows of a run, instead of rerunning its script. Called by ui.server.

GET live/ID?after=POSITION answers with the status of ui/live_status.py and the points after that position
(imdb_core/runs/live.py), as JSON. A run that cannot be shown is answered with a sentence and status 404 if it
does not exist, 500 if the server's settings are wrong, and 503 if it may be shown later.
"""

import json

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from imdb_core.errors import RunMissing, SettingError, UserError, sentence

ROUTE = "live"  # below the base address of the app


def live_route(base: str) -> Route:
    """The route below the app's address `base`, which is "" or begins with "/"."""
    return Route(f"{base}/{ROUTE}/{{id}}", _answer, methods=["GET"])


async def _answer(request: Request) -> Response:
    try:
        content = await run_in_threadpool(
            _content, request.path_params["id"], request.query_params.get("after", "")
        )
    except (UserError, OSError, ValueError) as error:  # ValueError: a row that has become unreadable
        return PlainTextResponse(sentence(error), _status_code(error), headers={"Cache-Control": "no-store"})
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


def _status_code(error: Exception) -> int:
    """The browser stops asking after 404; after 500 and 503 it asks again."""
    if isinstance(error, RunMissing):
        return 404
    return 500 if isinstance(error, SettingError) else 503


def _content(id: str, after: str) -> str:
    from imdb_core.runs import live  # here, because a server that starts must not load NumPy
    from ui.live_status import status

    look = live.look(id)
    replaces, points = live.points(look, live.parsed_position(after))
    answer = {**status(look), "replaces": replaces, "points": points}
    return json.dumps(answer, separators=(",", ":"), allow_nan=False)
