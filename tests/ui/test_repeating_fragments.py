"""Fragments that repeat name their interval as a number: for a text like "1s" Streamlit loads pandas."""

import re

from imdb_core import paths


def test_no_interval_is_a_text():
    sources = [*(paths.PROJECT / "ui").rglob("*.py"), *(paths.PROJECT / "pages").glob("*.py")]
    texts = [path.name for path in sources if re.search(r"""run_every=[^,)]*["']""", path.read_text("utf-8"))]
    assert len(sources) > 50 and texts == []
