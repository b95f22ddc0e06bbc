"""Make the README's pictures: python docs/screenshots.py [FOLDER] (needs requirements-dev.txt and Chromium).

Starts the app on a store of its own, filled with the pretrained runs and a sweep that is really trained (some
minutes), and takes one picture of each page.
With FOLDER it also takes dark, narrow and wide pictures, to look at.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from ui.pages import PAGES  # noqa: E402 - on the path only now

REVIEW = (
    "I expected nothing, but it is not bad at all: zwölf minutes too long, yet the acting is superb and I "
    "was never bored."
)
# A picture ends above this heading: what follows quotes reviews, which are not ours to copy.
ENDS_ABOVE = {"compare": "Where they disagree", "inspect": "Reviews to learn from"}
# What a page shows, besides its default: two networks side by side; the demo reviews, which are ours.
QUERIES = {"learn": "?network=lstm,cnn_lstm", "data": "?corpus=demo"}

# The sweep of the page "Sweeps": small networks on the demo reviews.
SWEEP = (
    "sweep --network cnn_lstm_dense --dataset demo --set epochs=3 --set units=16 --set filters=16 --runs 12 "
    "--vary learning_rate=3e-4..3e-2:log --vary dropout=0..0.6 --vary batch_size=16,32,64 --wait --json"
)

# What the page "Your texts" reads: made-up remarks of the customers of a shop.
REMARKS = [
    ("The lamp arrived in two pieces and nobody answers the phone.", "complaint", "mail"),
    ("Superb chair, I ordered a second one for my mother.", "praise", "form"),
    ("When will the green sofa be in stock again?", "question", "mail"),
    ("The table was delivered a week late.", "complaint", "form"),
    ("Friendly people, quick delivery, thank you!", "praise", "mail"),
    ("Can I return the shelf without its box?", "question", "form"),
]


def main(extra: Path | None) -> None:
    """Take the pictures of the README, and with `extra` further ones into that folder."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        runs = Path(scratch)
        for number, folder in enumerate(sorted((PROJECT / "pretrained").glob("*/model.json"))):
            shutil.copytree(folder.parent, runs / f"20260101-12000000{number}-{'abcdefgh'[number] * 8}")
        sweep = trained_sweep(runs)
        server, url = start_server(runs)
        try:
            chromium = shutil.which("chromium")
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            QUERIES["sweeps"] = f"?sweep={sweep}"
            take(browser, url, PROJECT / "docs" / "screenshots", "light", 1280)
            if extra:
                for scheme, width in (("dark", 1280), ("light", 400), ("dark", 1600)):
                    take(browser, url, extra, scheme, width)
        finally:
            server.terminate()
            server.wait(10)


def trained_sweep(runs: Path) -> str:
    """The id of a sweep that was trained in the folder `runs`."""
    command = [sys.executable, "-m", "imdb_core", *SWEEP.split()]
    environment = {**os.environ, "IMDB_RUNS_DIR": str(runs)}
    done = subprocess.run(command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)["id"]


def start_server(runs: Path):
    """(process, address) of the app, on a free port of this machine, with the runs in the folder `runs`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-P", "-m", "streamlit", "run", "app.py"]
    command += ["--server.port", str(port), "--server.headless", "true"]
    server = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "IMDB_RUNS_DIR": str(runs)})
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
            break
        except OSError:
            time.sleep(0.1)
    return server, f"http://127.0.0.1:{port}"


def table_of_remarks() -> dict:
    """A table of 240 remarks as the browser sends it: each remark 40 times, with a number."""
    rows = [
        f'{kind},{channel},"{text[:-1]} ({number}){text[-1]}"'
        for number in range(40)
        for text, kind, channel in REMARKS
    ]
    content = "\n".join(["topic,channel,remark", *rows])
    return {"name": "remarks.csv", "mimeType": "text/csv", "buffer": content.encode()}


def take(browser, url: str, folder: Path, scheme: str, width: int) -> None:
    """Take one picture of each page, as high as the page."""
    folder.mkdir(parents=True, exist_ok=True)
    for shown in PAGES:
        name = shown.script
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.goto(f"{url}/{shown.path}{QUERIES.get(name, '')}")
        page.locator("h1").first.wait_for()
        if name == "texts":
            page.locator("input[type=file]").first.set_input_files(table_of_remarks())
            page.get_by_role("button", name="Add this data set").wait_for()
        if name == "classify":
            page.locator("textarea#review").fill(REVIEW)
            page.locator(".verdict").wait_for()
        page.wait_for_timeout(5000)
        height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
        if (
            name in ENDS_ABOVE
            and (heading := page.locator("h2, h3").filter(has_text=ENDS_ABOVE[name])).count()
        ):
            height = int(heading.first.bounding_box()["y"]) - 30
        page.set_viewport_size({"width": width, "height": max(500, min(2400, height + 20))})
        page.wait_for_timeout(1500)
        suffix = "" if (scheme, width) == ("light", 1280) else f"-{scheme}-{width}"
        page.screenshot(path=folder / f"{name}{suffix}.png")
        page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
