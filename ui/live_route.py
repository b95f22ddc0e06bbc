"""The route that a page asks for the new rows of a run, instead of rerunning its script. Called by ui.server.

GET live/ID?after=POSITION answers with the status of ui/live_status.py and the points after that position
(imdb_core/runs/live.py), as JSON. A run that cannot be shown is answered with a sentence.
"""

import json

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from imdb_core.errors import UserError, sentence

ROUTE = "live"  # below the base address of the app


def live_route(base: str) -> Route:
    """The route below the app's address `base`, which is "" or begins with "/"."""
    return Route(f"{base}/{ROUTE}/{{id}}", _answer, methods=["GET"])


async def _answer(request: Request) -> Response:
    try:
        content = await run_in_threadpool(
            _content, request.path_params["id"], request.query_params.get("after", "")
        )
    except UserError as error:
        return PlainTextResponse(sentence(error), 404, headers={"Cache-Control": "no-store"})
    except (OSError, ValueError) as error:  # ValueError: a row that cannot be read since the run was listed
        return PlainTextResponse(sentence(error), 503, headers={"Cache-Control": "no-store"})
    return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})


def _content(id: str, after: str) -> str:
    from imdb_core.runs import live  # here, because a server that starts must not load NumPy
    from ui.live_status import status

    look = live.look(id)
    replaces, points = live.points(look, live.parsed_position(after))
    answer = {**status(look), "replaces": replaces, "points": points}
    return json.dumps(answer, separators=(",", ":"), allow_nan=False)
