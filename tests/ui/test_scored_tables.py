"""The route that sends a scored table: whole files under the user's name, and nothing else."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette

from imdb_core import files
from imdb_core.scoring.table_folder import DONE, LOCK, REQUEST, STATUS, folder_of
from ui import scored_tables


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path / "cache"))


def answer(id):
    """(status, headers, body, the largest piece) of a request to the route."""
    scope = {"type": "http", "method": "GET", "path": f"/scored/{id}", "headers": [], "query_string": b""}
    answers = []

    async def receive():
        await asyncio.sleep(60)  # the browser stays and says nothing

    async def send(message):
        answers.append(message)

    app = Starlette(routes=[scored_tables.scored_table_route("")])
    with ThreadPoolExecutor(1) as pool:  # another test may have left an event loop running in this thread
        pool.submit(asyncio.run, app(scope, receive, send)).result()
    pieces = [message.get("body", b"") for message in answers[1:]]
    headers = {key.decode(): value.decode("latin-1") for key, value in answers[0]["headers"]}
    return answers[0]["status"], headers, b"".join(pieces), max(map(len, pieces))


def test_a_result_is_sent_in_pieces_under_the_users_name_and_nothing_else_is():
    id, content = "a" * 32, b"id,class\n" * 100_000
    folder = folder_of(id)
    folder.mkdir(parents=True)
    files.write_json(folder / REQUEST, {"model": "m", "source": "/etc/passwd", "name": 'é "x".csv'})
    files.write_json(folder / STATUS, {"phase": "scoring"})
    (folder / LOCK).touch()
    (folder / "scored.csv").write_bytes(content)
    assert answer(id)[0] == 404  # not finished
    files.write_json(folder / STATUS, {"phase": DONE})
    status, headers, body, largest = answer(id)
    assert status == 200 and body == content and largest <= 2**18
    assert headers["content-disposition"].startswith(
        "attachment; filename*=utf-8''%C3%A9%20%22x%22-scored.csv"
    )
    assert headers["cache-control"] == "no-store" and headers["content-type"].startswith("text/csv")
    for other in ("b" * 32, "..%2f..%2fruns", "a" * 31, "scored.csv"):
        assert answer(other)[0] == 404
