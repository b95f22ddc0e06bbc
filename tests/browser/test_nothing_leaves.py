"""No page sends or fetches anything elsewhere; foreign host names and frames are refused."""

import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from imdb_core import paths
from tests.browser.visits import SECONDS
from ui.pages import PAGES

LINKS = {"classify": "?all=true", "watch": "watch?run=pretrained/lstm"}  # where the plain page has no chart
CHARTS = {"classify": 1, "learn": 2, "watch": 2, "compare": 1, "inspect": 4, "data": 4}  # at least so many
REVIEW = "A wonderful film with canaryword in it"
SENDING = ("share", "cloud", "send", "upload", "edit in", "chart studio", "produced with")


def opened(page: Page, link: str, charts: int) -> None:
    """Show a page and wait until its charts are drawn; on the text box's page a review is typed."""
    page.goto(link)
    expect(page.get_by_test_id("stMain").locator("h1")).to_be_visible()
    if "/?" in link:
        page.locator("textarea#review").fill(REVIEW)
    page.wait_for_function(f"document.querySelectorAll('.js-plotly-plot .modebar').length >= {charts}")


@pytest.mark.parametrize("name", [page.script for page in PAGES])
def test_no_button_of_a_chart_sends_anything_to_another_machine(context: BrowserContext, server, name):
    link, charts = LINKS.get(name, name), CHARTS.get(name, 0)
    asked, windows, refusals = [], [], []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    context.on("page", lambda window: windows.append(window.url))
    page.on(
        "console",
        lambda message: refusals.append(message.text) if "Content Security" in message.text else None,
    )
    opened(page, f"{server.url}/{link}", charts)
    buttons = page.locator(".modebar-btn")
    titles = buttons.evaluate_all("buttons => buttons.map(button => button.dataset.title ?? button.title)")
    offered = [title for title in titles if any(word in title.lower() for word in SENDING)]
    assert len(titles) >= charts and not offered
    for button in buttons.all():
        button.evaluate("button => button.dispatchEvent(new MouseEvent('click', { bubbles: true }))")
    page.wait_for_timeout(500)
    own = ("data:", "blob:", f"{server.url}/")
    assert asked and not [url for url in asked if not url.startswith(own)]
    assert not windows and not refusals


# Each way asks for a path of its own, so a late refusal of one way does not count for the next.
ATTEMPTS = {
    "fetch": "fetch('https://192.0.2.1/fetch')",
    "beacon": "navigator.sendBeacon('https://192.0.2.1/beacon') ? 'sent' : Promise.reject('refused')",
    "image": "new Promise((done, fail) => { const i = new Image(); i.onload = done; i.onerror = fail; "
    "i.src = 'https://192.0.2.1/image' })",
    "socket": "new Promise((done, fail) => { const s = new WebSocket('wss://192.0.2.1/socket'); "
    "s.onopen = done; s.onerror = fail })",
    "script": "new Promise((done, fail) => { const s = document.createElement('script'); s.onload = done; "
    "s.onerror = fail; s.src = 'https://192.0.2.1/script'; document.head.append(s) })",
    "font": "new FontFace('x', 'url(https://192.0.2.1/font)').load()",
    "form": "new Promise(() => { const f = document.createElement('form'); f.method = 'post'; "
    "f.action = 'https://192.0.2.1/form'; document.body.append(f); f.submit() })",
}
BLOCKED = """() => {
  const blocked = new Promise((done) => {
    document.addEventListener("securitypolicyviolation", ({ blockedURI }) =>
      blockedURI.endsWith("/WAY") && done(blockedURI))
    setTimeout(() => done("nothing was refused"), 20000)
  })
  Promise.resolve(ATTEMPT).catch(() => null)
  return blocked
}"""


def test_the_browser_refuses_a_scripts_requests_to_other_machines(page: Page, server):
    page.goto(server.url)
    for way, attempt in ATTEMPTS.items():
        blocked = page.evaluate(BLOCKED.replace("ATTEMPT", attempt).replace("WAY", way))
        assert blocked.endswith(f"://192.0.2.1/{way}"), way


@pytest.mark.parametrize(
    "path", ["/", "/train", "/plotly/plotly.min.js", "/_stcore/health", "/static/nothing"]
)
@pytest.mark.parametrize(
    "name", ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test:80", "evil.test; script-src *"]
)
def test_a_foreign_host_name_gets_a_sentence_that_says_what_to_do(server, path, name):
    request = urllib.request.Request(server.url + path, headers={"Host": name})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=SECONDS)
    sentence = refused.value.read().decode()
    assert refused.value.code == 403 and f"{name!r}" in sentence and "server.allowedHosts" in sentence
    assert name not in refused.value.headers["Content-Security-Policy"]


def test_a_page_of_another_site_cannot_show_the_app_in_a_frame(page: Page, server, tmp_path):
    (tmp_path / "frame.html").write_text(f'<iframe src="{server.url}" width="900" height="600"></iframe>')
    command = [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONUNBUFFERED": "1"}) as site:
        try:
            port = site.stdout.readline().split(" port ")[1].split()[0]
            page.goto(f"http://127.0.0.1:{port}/frame.html")
            page.wait_for_timeout(3000)
            assert page.frames[1].locator("textarea").count() == 0
        finally:
            site.kill()


def test_no_file_of_plotly_is_copied_into_the_app(server):
    assert urllib.request.urlopen(f"{server.url}/plotly/plotly.min.js", timeout=SECONDS).read(20)
    assert not (paths.PROJECT / "static").exists()
