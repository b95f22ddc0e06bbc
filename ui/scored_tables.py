"""The route that sends a scored table to the browser, and its address. Called by ui.server and by panels.

st.download_button would keep the whole file in the server's memory; this sends it in pieces of 64 KiB. The id
in the address cannot be guessed, and ui.server refuses foreign hosts and origins.
"""

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from imdb_core.scoring import table_jobs
from imdb_core.scoring.table_folder import DONE

ROUTE = "scored"  # below the base address of the app
TYPES = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".jsonl": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
}


def scored_table_route(base: str) -> Route:
    """The route below the app's address `base`, which is "" or begins with "/"."""
    return Route(f"{base}/{ROUTE}/{{id}}", _answer, methods=["GET"])


def address(id: str) -> str:
    """Where the browser gets the result of a job."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/{ROUTE}/{id}" if base else f"/{ROUTE}/{id}"


async def _answer(request: Request) -> Response:
    job = await run_in_threadpool(table_jobs.status, request.path_params["id"])
    if not job or job.phase != DONE or not job.result.is_file():
        sentence = "There is no such result. Results are kept for a day; score the table again.\n"
        return PlainTextResponse(sentence, 404)
    return FileResponse(
        job.result,
        filename=job.download_name,
        media_type=TYPES[job.order.suffix],
        headers={"Cache-Control": "no-store"},
    )
