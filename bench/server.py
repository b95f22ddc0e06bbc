"""The server's start, memory, page reruns and scoring times, with the goals.

    python -m bench.server [--runs 1000]

Needs a Chromium: the program `chromium`, or the path in the variable CHROMIUM. Reruns are measured with
--runs finished runs in the store, copies of the pretrained runs; everything else with an empty store.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from bench.runs import ROOT, machine
from imdb_core import background

PRETRAINED = sorted(folder for folder in (ROOT / "pretrained").iterdir() if folder.is_dir())
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update"
)
STARTS = 5
LETTERS = str.maketrans("0123456789", "abcdefghij")  # ids of runs have no digits 0, 1, 8 and 9
COMPARED = 12  # runs side by side
PAGES = ("", *(path.stem for path in sorted((ROOT / "pages").glob("*.py")) if path.stem != "classify"))
# Each word once, because some networks count a word once. Praise and blame in turn, so that the score changes
# with each word.
TYPED = """great awful superb dull moving boring wonderful terrible excellent weak funny stupid perfect lame
brilliant poor touching mess delightful pointless fresh tedious charming annoying clever horrible beautiful
waste amazing bland lovely worst powerful cheap gripping silly fantastic mediocre enjoyable
ridiculous""".split()
ADD_A_WORD = """word => new Promise(done => {
  const find = (root, selector) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.matches(selector)) return element;
      const inside = element.shadowRoot && find(element.shadowRoot, selector);
      if (inside) return inside;
    }
  };
  const box = find(document, 'textarea#review'), number = find(document, '.number');
  const answered = (waited) => { observer.disconnect(); clearTimeout(limit); done(waited); };
  const observer = new MutationObserver(() => answered(performance.now() - start));
  observer.observe(number, { childList: true });  // also when the same number is written again
  const limit = setTimeout(() => answered(null), 3000), start = performance.now();
  box.value += ' ' + word;
  box.dispatchEvent(new Event('input'));
})"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    options = parser.parse_args()
    print(f"{machine()}\n\n| what | measured | goal |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IMDB_RUNS_DIR"] = folder
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
            measure_in_browser(browser)
            browser.close()
        measure_scoring()
        fill(Path(folder), options.runs)
        measure_reruns(options.runs)


def row(figure, measured, goal):
    print(f"| {figure} | {measured} | {goal} |", flush=True)


def fill(folder, count):
    """Copy `count` finished runs into `folder`; their ids are a second apart."""
    for number in range(count):
        source = PRETRAINED[number % len(PRETRAINED)]
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(1_750_000_000 + number))
        end = f"{number:08d}".translate(LETTERS)
        shutil.copytree(source, folder / f"{stamp}000-{end}", copy_function=os.link)


# Playwright looks only twice a second. This looks at every frame of the page, as a user sees it.
PAINTED = """
const look = () => {
  const roots = [...document.querySelectorAll("*")].map((element) => element.shadowRoot)
  const visible = roots.some((root) => root?.querySelector("textarea#review")?.offsetHeight)
  const finish = () => { window.painted = performance.timeOrigin + performance.now() }
  requestAnimationFrame(visible ? finish : look)
}
requestAnimationFrame(look)
"""


def measure_in_browser(browser):
    """Seconds from the start to the first painted page; then memory, and the text box."""
    starts = []
    for attempt in range(STARTS):
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.add_init_script(PAINTED)
        server, address, started = serve()
        try:
            page.goto(address)
            page.wait_for_function("window.painted")
            starts.append(page.evaluate("window.painted") / 1000 - started)
            if attempt == STARTS - 1:
                figures = f"{statistics.median(starts):.2f}, {max(starts):.2f}"
                row(f"start to first painted page, s: median, worst of {STARTS}", figures, "2.0")
                visit(page, address)
                row(
                    "memory after all pages and models, MB",
                    f"{psutil.Process(server.pid).memory_info().rss / 1e6:.0f}",
                    "260",
                )
                type_words(page, address)
        finally:
            server.terminate()
            server.wait(10)


def serve():
    """(process, address, start as time.time()), as soon as the server takes connections."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = background.command(
        "-m", "streamlit", "run", "app.py", "--server.port", port, "--server.headless", "true"
    )
    started = time.time()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, env=background.environment(), **quiet)
    while time.time() < started + 60:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return server, f"http://127.0.0.1:{port}/", started
        time.sleep(0.01)
    raise SystemExit("The server did not start within 60 s.")


def visit(page, address):
    """Open every page once, and score one review with every pretrained network."""
    for name in PAGES:
        page.goto(address + name)
        page.locator("h1").first.wait_for()
        page.wait_for_timeout(1500)
    for folder in PRETRAINED:
        page.goto(f"{address}?model=pretrained/{folder.name}")
        page.locator("textarea#review").fill("A film that nobody needs, and yet I liked it.")
        page.locator(".verdict").wait_for()
        page.wait_for_timeout(500)


def type_words(page, address):
    """Measure from the end of the typing pause, 150 ms, to the new number on the page."""
    page.goto(address)
    page.locator("textarea#review").fill("A film")
    page.locator(".verdict").wait_for()
    page.wait_for_timeout(1500)
    waited = []
    for word in TYPED:
        answer = page.evaluate(ADD_A_WORD, word)
        waited += [answer - 150] if answer else []
        page.wait_for_timeout(300)
    figure = "score on the page after the typing pause, ms: median, 95 %, worst of"
    row(f"{figure} {len(waited)} ({len(TYPED)} words typed)", spread(waited), "300")


def measure_reruns(runs):
    """The pages that list runs, without a browser."""
    from streamlit.testing.v1 import AppTest

    from imdb_core.runs import store

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    newest = [run.id for run in store.runs()[:COMPARED]]
    twelve = {"runs": ",".join(newest), "baseline": newest[-1]} if newest else {}
    for name, remark, query in (
        ("classify", "", {}),
        ("runs", "", {}),
        ("compare", "", {}),
        ("compare", f", {COMPARED} of them side by side", twelve),
    ):
        for key, value in query.items():
            app.query_params[key] = value
        app.switch_page(f"pages/{name}.py").run()
        row(
            f"rerun of pages/{name}.py with {runs:,} runs{remark}, ms: median, 95 %, worst of 20",
            spread(timed(app.run, 20)),
            "500",
        )


def measure_scoring():
    """A review of 500 words with each pretrained network."""
    from imdb_core.scoring import predictor

    for folder in PRETRAINED:
        model, number = predictor.load(folder), iter(range(10_000))
        model.score("a warm film")

        def score(model=model, number=number):
            model.score(f"word{next(number)} fine film " * 166 + "so good")

        figure = f"score of 500 words, {folder.name}, ms: median, 95 %, worst of 200"
        row(figure, spread(timed(score, 200)), "5")


def timed(function, times):
    """Milliseconds of each call."""
    milliseconds = []
    for _ in range(times):
        started = time.perf_counter()
        function()
        milliseconds.append(1000 * (time.perf_counter() - started))
    return milliseconds


def spread(values):
    """Median, 95th percentile and largest value as text."""
    values = sorted(values)
    return f"{statistics.median(values):.1f}, {values[int(len(values) * 0.95)]:.1f}, {values[-1]:.1f}"


if __name__ == "__main__":
    main()
