"""No page sends or fetches anything elsewhere, whatever is pressed on its charts; foreign names and frames
are refused.
"""

import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from imdb_core import paths

PAGES = {  # page -> (its link, how many charts it shows at least)
    "classify": ("/?all=true", 1),
    "learn": ("/learn", 6),
    "train": ("/train", 0),
    "watch": ("/watch?run=pretrained/lstm", 2),
    "runs": ("/runs", 0),
    "compare": ("/compare", 1),
    "inspect": ("/inspect", 4),
    "data": ("/data", 4),
}
REVIEW = "A wonderful film with canaryword in it"
SENDING = ("share", "cloud", "send", "upload", "edit in", "chart studio", "produced with")


def opened(page: Page, link: str, charts: int) -> None:
    """Show a page and wait until its charts are drawn; on the text box's page a review is typed."""
    page.goto(link)
    expect(page.get_by_test_id("stMain").locator("h1")).to_be_visible(timeout=30_000)
    if "/?" in link:
        page.locator("textarea#review").fill(REVIEW)
    page.wait_for_function(
        f"document.querySelectorAll('.js-plotly-plot .modebar').length >= {charts}", timeout=60_000
    )


@pytest.mark.parametrize("name", PAGES)
def test_every_chart_button_can_be_pressed_and_nothing_goes_elsewhere(context: BrowserContext, server, name):
    link, charts = PAGES[name]
    asked, windows, refusals = [], [], []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    context.on("page", lambda window: windows.append(window.url))
    page.on(
        "console",
        lambda message: refusals.append(message.text) if "Content Security" in message.text else None,
    )
    opened(page, server.url + link, charts)
    buttons = page.locator(".modebar-btn")
    titles = buttons.evaluate_all("buttons => buttons.map(one => one.dataset.title ?? one.title)")
    offered = [title for title in titles if any(word in title.lower() for word in SENDING)]
    assert len(titles) >= charts and not offered
    for button in buttons.all():
        button.evaluate("button => button.dispatchEvent(new MouseEvent('click', { bubbles: true }))")
    page.wait_for_timeout(500)
    own = ("data:", "blob:", f"{server.url}/")
    assert asked and not [url for url in asked if not url.startswith(own)]
    assert not windows and not refusals


@pytest.mark.parametrize(
    "attempt",
    [
        "fetch('https://192.0.2.1/')",
        "navigator.sendBeacon('https://192.0.2.1/') ? 'sent' : Promise.reject('refused')",
        "new Promise((done, fail) => { const i = new Image(); i.onload = done; i.onerror = fail; "
        "i.src = 'https://192.0.2.1/x.png' })",
        "new Promise((done, fail) => { const s = new WebSocket('wss://192.0.2.1/'); s.onopen = done; s.onerror = fail })",
        "new Promise((done, fail) => { const s = document.createElement('script'); s.onload = done; s.onerror = fail; "
        "s.src = 'https://192.0.2.1/x.js'; document.head.append(s) })",
        "document.fonts.add(new FontFace('x', 'url(https://192.0.2.1/x.woff2)')).load?.() ?? "
        "new FontFace('x', 'url(https://192.0.2.1/x.woff2)').load()",
        "new Promise((done, fail) => { const f = document.createElement('form'); f.method = 'post'; "
        "f.action = 'https://192.0.2.1/'; document.body.append(f); f.submit() })",
    ],
    ids=["fetch", "beacon", "image", "socket", "script", "font", "form"],
)
def test_the_browser_itself_refuses_what_a_script_would_send_or_fetch(page: Page, server, attempt):
    page.goto(server.url)
    violations = "new Promise(done => document.addEventListener('securitypolicyviolation', event => done(event.blockedURI)))"
    blocked = page.evaluate(
        f"() => {{ const seen = {violations}; Promise.resolve({attempt}).catch(() => null); return seen }}"
    )
    assert blocked.startswith(("https://192.0.2.1", "wss://192.0.2.1"))


@pytest.mark.parametrize(
    "path", ["/", "/train", "/plotly/plotly.min.js", "/_stcore/health", "/static/nothing"]
)
@pytest.mark.parametrize(
    "name", ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test:80", "evil.test; script-src *"]
)
def test_a_foreign_host_name_gets_a_sentence_that_says_what_to_do(server, path, name):
    request = urllib.request.Request(server.url + path, headers={"Host": name})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    sentence = refused.value.read().decode()
    assert refused.value.code == 403 and f"{name!r}" in sentence and "server.allowedHosts" in sentence
    assert name not in refused.value.headers["Content-Security-Policy"]


def test_a_page_of_another_site_cannot_show_this_one_in_a_frame(page: Page, server, tmp_path):
    (tmp_path / "frame.html").write_text(f'<iframe src="{server.url}" width="900" height="600"></iframe>')
    command = [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONUNBUFFERED": "1"}) as other:
        try:
            port = other.stdout.readline().split(" port ")[1].split()[0]
            page.goto(f"http://127.0.0.1:{port}/frame.html")
            page.wait_for_timeout(3000)
            assert page.frames[1].locator("textarea").count() == 0
        finally:
            other.kill()


def test_no_file_of_plotly_is_copied_into_the_app(server):
    assert urllib.request.urlopen(f"{server.url}/plotly/plotly.min.js", timeout=10).read(20)
    assert not (paths.PROJECT / "static").exists()
