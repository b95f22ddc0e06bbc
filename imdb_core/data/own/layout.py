"""The files of a stored data set, <cache folder>/own-<id>/. Called by writing, store and encoded.

```
data-set.json      name, classes, counts, choices, fingerprint; it shows that this app made the folder
texts.utf8         all texts in a row
text_offsets.npy   int64 (texts + 1): where each text begins and ends, in bytes
labels.npy         uint8 (texts): the number of the class
parts.npy          uint8 (texts): 0 training, 1 test, 2 unlabelled
excluded.jsonl     {"index": i, "why": "..."} or {"index": i, "included": true}; the last line counts
title.json         the new name and noun; exists only after the data set was renamed
ids-<...>/         word ids for one tokenizer, see encoded.py
quality/           reports on labels and duplicates, see imdb_core/quality/
```
"""

import re

from imdb_core.files import DESKTOP
from imdb_core.temporary import names_of

FORMAT = 1
DESCRIPTION, TEXTS, OFFSETS = "data-set.json", "texts.utf8", "text_offsets.npy"
LABELS, PARTS, EXCLUDED, TITLE = "labels.npy", "parts.npy", "excluded.jsonl", "title.json"
FILES = (DESCRIPTION, TEXTS, OFFSETS, LABELS, PARTS, EXCLUDED, TITLE)

NAME = r"own-[0-9a-f]{8}"
IDS = r"ids-[a-z_0-9]+-[0-9a-f]{16}"
IDS_FOLDER = rf"(?:{IDS}|{names_of(IDS)})"
IDS_FILES = ("train_ids.npy", "train_offsets.npy", "test_ids.npy", "test_offsets.npy", "words.json")


def _any_of(names: tuple[str, ...]) -> str:
    return f"(?:{'|'.join(map(re.escape, names))})"


_FILE, _IDS_FILE = _any_of(FILES), _any_of(IDS_FILES)
IN_IDS_FOLDER = re.compile(rf"{_IDS_FILE}|{names_of(_IDS_FILE)}|{DESKTOP}")
# All paths that the folder may hold, relative to it; nothing else is removed.
OWN = re.compile(
    rf"{_FILE}|{names_of(_FILE)}|{DESKTOP}"
    rf"|{IDS_FOLDER}(?:/(?:{IN_IDS_FOLDER.pattern}))?"
    r"|scratch(?:/[A-Za-z0-9._-]{1,80})?"
    r"|quality(?:/[A-Za-z0-9._-]{1,80})?"
)
