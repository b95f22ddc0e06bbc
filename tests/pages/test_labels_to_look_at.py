"""The panel "Labels to look at": what it lists, and what its buttons do to the data set."""

import pytest
from streamlit.testing.v1 import AppTest

from imdb_core.data.own import store
from imdb_core.quality import content, decisions, material, reports
from tests.apptest import texts
from tests.quality.conftest import name as name

SCRIPT = """
from ui import messages
from ui.panels.labels_to_look_at import show_labels_to_look_at

messages.show()
show_labels_to_look_at({name!r})
"""


@pytest.fixture
def doubted(name):
    """The numbers of the two training texts whose labels the stored report contradicts, the surest first."""
    own = material.material(name)
    numbers = own.train.numbers[[7, 9]].tolist()
    doubts = tuple(
        reports.Doubt(index, label, 1 - label, 0.1, 0.9) for index, label in zip(numbers, (0, 1), strict=True)
    )
    report = reports.LabelReport(
        1, own.fingerprint, reports.COUNTING, 5, 60, 0.9, 2.0, 2, doubts, 1.0, "2026-11-29T20:00:00+00:00"
    )
    material.made_folder(name)
    reports.write(reports.labels_file(name, reports.COUNTING), report)
    reports.write(reports.texts_file(name), content.report(own, lambda share: None))
    return numbers


def shown(name):
    app = AppTest.from_string(SCRIPT.format(name=name), default_timeout=60).run()
    assert not app.exception, app.exception
    return app


def click(app, key):
    app.button(key).click().run()
    assert not app.exception, app.exception
    return app


def test_a_doubted_text_is_excluded_or_kept_and_both_can_be_undone(name, doubted):
    first, second = doubted
    app = shown(name)
    page = texts(app)
    assert "left to look at: **2**" in page and "a fine meal number 7 that we liked" in page
    assert "Label: **bad** (10%) · suggested: **good** (90%)" in page

    click(app, f"exclude-{name}-{first}")
    assert store.excluded(name) == {first: decisions.LABEL} and "left to look at: **1**" in texts(app)
    click(app, f"keep-{name}-{second}")
    assert decisions.right(name) == {second} and "left to look at: **0**" in texts(app)

    click(app, f"undo-{name}")
    assert store.excluded(name) == {}
    click(app, f"exclude-{name}-{first}")
    click(app, f"include-{name}-{first}")
    click(app, f"doubt-again-{name}")
    assert store.excluded(name) == {} and decisions.right(name) == set()
    assert "left to look at: **2**" in texts(app)


def test_repeated_texts_are_excluded_by_one_click_except_for_those_with_different_labels(name, doubted):
    app = shown(name)
    page = texts(app)
    assert "repeat an earlier one: **2**. Test texts that are training texts too: **1**" in page
    assert "with different labels" in page and "neither nor" in page
    click(app, f"exclude-repeated-{name}")
    assert len(store.excluded(name)) == 2 and set(store.excluded(name).values()) == {decisions.DUPLICATE}
    assert f"exclude-repeated-{name}" not in [button.key for button in app.button]
    assert "neither nor" in texts(app), "a person decides which label is right"


def test_before_the_first_check_there_are_only_its_buttons(name):
    app = shown(name)
    assert {button.key for button in app.button} == {f"check-{name}", f"check-by-network-{name}"}
    assert "left to look at" not in texts(app)
