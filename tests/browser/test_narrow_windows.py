"""Narrow windows and long names: nothing is cut without a sign, and nothing covers a chart's legend."""

import shutil

import pytest
from playwright.sync_api import Page, expect

from imdb_core import paths
from imdb_core.runs import journal, layout, store
from tests.browser.visits import GOOD, box, wait_for, wait_until_complete
from tests.faults.support.sample_runs import finished_run
from tests.sweeps.test_study import tried_sweep
from ui.pages import PAGES

LONG = ("A name of a run that is as long as a name may be, " * 2)[:80]
# Charts whose bar of buttons covers the legend.
COVERED = """() => [...document.querySelectorAll(".js-plotly-plot")].filter((plot) => {
  const place = (part) => plot.querySelector(part)?.getBoundingClientRect()
  const [bar, legend] = [place(".modebar"), place(".legend")]
  return bar && legend && bar.bottom > legend.top && bar.left < legend.right
}).map((plot) => plot.getAttribute("aria-label"))"""
# Elements whose text is cut without an ellipsis, and rows of choices that have to be scrolled.
CUT = """() => [...document.querySelectorAll("[data-testid=stMain] *")].filter((element) => {
  const style = getComputedStyle(element), value = element.value ?? element.innerText
  const overflows = element.scrollWidth > element.clientWidth + 1
  const hidden = !["visible", "auto"].includes(style.overflowX) && style.textOverflow !== "ellipsis"
  const choices = element.getAttribute("role") === "radiogroup"
  const shown = element.clientWidth > 1 && value && element.tagName !== "TEXTAREA"
  return shown && overflows && (hidden || choices)
}).map((element) => element.outerHTML.slice(0, 200))"""
# Texts of charts that end beyond the chart.
OUTSIDE = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap((plot) => {
  const right = plot.getBoundingClientRect().right + 1
  const texts = [...plot.querySelectorAll(".legendtext, .annotation-text")]
  return texts.filter((text) => text.getBoundingClientRect().right > right).map((text) => text.textContent)
})"""
# Notes in tables that end beyond their cell.
SPILLED = """() => [...document.querySelectorAll("[data-testid=stMain] *")].flatMap((host) => {
  const notes = [...(host.shadowRoot?.querySelectorAll(":is(td, th) > small") ?? [])]
  return notes.filter((note) => note.scrollWidth > note.clientWidth + 1).map((note) => note.textContent)
})"""


@pytest.fixture
def long_names(server_runs):
    """The ids of a tested run and of a trained run, with names and a device as long as they may be."""
    trained = paths.runs_folder() / store.new_id()
    shutil.copytree(paths.PRETRAINED / "cnn_lstm_dense", trained)
    store.rename(store.read(trained), f"{LONG[:79]}!")
    run = finished_run(LONG, probes="\n".join([f"{LONG} was superb", "awful"]))
    rows = [row | {"probes": [0.9, 0.1]} for row in run.metrics]
    (run.folder / layout.METRICS).unlink()
    for row in rows:
        journal.append(run.folder / layout.METRICS, row)
    store.record(run.folder, "queued")
    store.record(run.folder, "started", pid=1, process_started=0.0, device=f"gpu:0 {LONG}", threads=1)
    store.record(run.folder, "finished", best_epoch=3, test_accuracy=0.8125, test_reviews=1000)
    return run.id, trained.name


def test_long_names_are_cut_with_a_sign_and_no_bar_of_buttons_covers_a_legend(page: Page, server, long_names):
    tested, trained = long_names
    queries = {
        "classify": f"?model={trained}&all=true",
        "watch": f"?run={tested}",
        "compare": f"?runs={tested},{trained}",
        "inspect": f"?run={trained}",
        "sweeps": f"?sweep={tried_sweep(name=LONG).id}",
    }
    for shown in PAGES:
        page.set_viewport_size({"width": 400, "height": 900})
        page.goto(f"{server.url}/{shown.path}{queries.get(shown.script, '')}")
        if shown.script == "classify":
            box(page).fill(GOOD)
            expect(page.locator(".js-plotly-plot")).to_have_count(1)
        wait_until_complete(page)
        for width in (400, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            for fault in (COVERED, CUT, OUTSIDE):
                wait_for(lambda fault=fault: page.evaluate(fault) == [])


def test_notes_in_tables_and_titles_of_axes_fit_a_phone(page: Page, server, server_runs):
    page.set_viewport_size({"width": 400, "height": 900})
    for path in ("sweeps", f"sweeps?sweep={tried_sweep().id}"):
        page.goto(f"{server.url}/{path}")
        expect(page.locator("small").first).to_be_visible()
        wait_for(lambda: page.evaluate(SPILLED) == [])
    page.goto(f"{server.url}/data?corpus=demo")
    title = page.locator(".xtitle", has_text="leans to")
    title.wait_for()
    place = title.bounding_box()
    assert place["x"] >= 0 and place["x"] + place["width"] <= 400
