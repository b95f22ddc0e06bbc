"""The film reviews: whether they are here, how to get them, and what to do without a network."""

import streamlit as st

from imdb_core.data import demo, imdb
from ui import words
from ui.parts import tried

st.title("The reviews")
st.markdown(
    "Networks learn from 25,000 film reviews and are tested on 25,000 others, half of them positive: the Large Movie Review "
    "Dataset (Maas et al., ACL 2011) in Keras's files. Train and test share no film."
)


@st.fragment(run_every="1s" if "asked" in st.session_state else None)
def status():
    """Here, on the way, or missing."""
    now = imdb.download_status() or {}
    if now.get("state") == "downloading":
        done, total = now["done"], now["total"]
        st.progress(done / total if total else 0.0, f"Downloading {now['file']}: {done / 1e6:.1f} of {total / 1e6:.1f} MB")
        return
    if imdb.available():
        st.success("The IMDB reviews are on this machine.", icon=":material/check_circle:")
        return
    if now.get("state") == "failed":
        st.error(words.plain(now["message"]), icon=":material/wifi_off:")
    st.info(
        "The IMDB reviews are not on this machine. Download them (19 MB, once), or put imdb.npz and imdb_word_index.json into "
        "a folder and start the app with IMDB_DATA_DIR naming it. Everything also works on the synthetic demo reviews.",
        icon=":material/info:",
    )
    if st.button("Download the reviews", type="primary", icon=":material/download:"):
        st.session_state["asked"] = True
        tried(imdb.start_download)
        st.rerun()


status()
st.subheader("Demo reviews")
st.markdown(
    "Made up by a seeded generator, for trying everything without a network. "
    "**Synthetic: accuracy on them says nothing about films.**"
)
corpus = demo.load()
shown = st.number_input("Review number", 1, len(corpus.test), 1, key="demo-review")
st.text(demo.texts("test")[shown - 1])
st.caption(f"Label: {'positive' if corpus.test.labels[shown - 1] else 'negative'}.")
