"""Replace files of a model, as an attacker can."""

import hashlib
import json

from imdb_core.runs import layout


def put(folder, name, content):
    """Replace a file of a model, and its checksum in model.json."""
    (folder / name).write_bytes(content)
    model = json.loads((folder / layout.MODEL_FACTS).read_bytes())
    hash = hashlib.sha256(content).hexdigest()
    if name.startswith("epochs/"):
        model["epochs"][str(int(name[-8:-5]))] = hash
    else:
        model["sha256"][name] = hash
    (folder / layout.MODEL_FACTS).write_text(json.dumps(model))
