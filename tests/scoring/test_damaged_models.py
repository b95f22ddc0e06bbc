"""A model with a damaged or forged file is refused with a sentence."""

import hashlib
import json

import pytest

from imdb_core.errors import ModelError
from imdb_core.scoring import predictor


def rewritten(folder, name, content):
    """Replace a file and its checksum, as an attacker or an editor can."""
    (folder / name).write_bytes(content)
    model = json.loads((folder / "model.json").read_text())
    model["sha256"][name] = hashlib.sha256(content).hexdigest()
    (folder / "model.json").write_text(json.dumps(model))


def edited(name, change):
    def damage(folder):
        (folder / name).write_bytes(change((folder / name).read_bytes()))

    return damage


def forged(name, change):
    return lambda folder: rewritten(folder, name, change((folder / name).read_bytes()))


DAMAGE = {
    "onnx cut": (edited("model.onnx", lambda raw: raw[:1000]), "model.onnx is damaged"),
    "onnx with a flipped bit": (
        edited("model.onnx", lambda raw: raw[:900] + bytes([raw[900] ^ 1]) + raw[901:]),
        "checksum",
    ),
    "onnx empty": (edited("model.onnx", lambda raw: b""), "checksum"),
    "onnx missing": (lambda folder: (folder / "model.onnx").unlink(), "cannot be read"),
    "onnx a folder": (
        lambda folder: ((folder / "model.onnx").unlink(), (folder / "model.onnx").mkdir()),
        "cannot be read",
    ),
    "onnx cut and its checksum forged": (forged("model.onnx", lambda raw: raw[:1000]), "cannot be used"),
    "onnx of rubbish and its checksum forged": (
        forged("model.onnx", lambda raw: b"rubbish" * 99),
        "cannot be used",
    ),
    "vocabulary missing": (lambda folder: (folder / "vocabulary.json").unlink(), "cannot be read"),
    "vocabulary of another run": (
        edited("vocabulary.json", lambda raw: raw.replace(b"the", b"thy")),
        "vocabulary.json is damaged",
    ),
    "vocabulary a list and its checksum forged": (
        forged("vocabulary.json", lambda raw: b"[]"),
        "not a vocabulary",
    ),
    "config missing": (lambda folder: (folder / "config.json").unlink(), "cannot be read"),
    "config out of range": (
        edited("config.json", lambda raw: raw.replace(b'"units": 8', b'"units": 0')),
        "units is 0",
    ),
    "model.json missing": (lambda folder: (folder / "model.json").unlink(), "no trained model"),
    "model.json empty": (edited("model.json", lambda raw: b""), "cannot be read"),
    "model.json a list": (edited("model.json", lambda raw: b"[]"), "cannot be read"),
    "model.json null": (edited("model.json", lambda raw: b"null"), "cannot be read"),
    "model.json without checksums": (edited("model.json", lambda raw: b'{"epoch": 1}'), "cannot be read"),
    "model.json with a wrong checksum": (
        edited(
            "model.json", lambda raw: b'{"epoch": 1, "sha256": {"model.onnx": "0", "vocabulary.json": "0"}}'
        ),
        "checksum",
    ),
    "model.json with an endless epoch": (
        edited("model.json", lambda raw: b'{"epoch": Infinity, "sha256": {}}'),
        "cannot be read",
    ),
    "model.json nested deeply": (edited("model.json", lambda raw: b"[" * 100_000), "cannot be read"),
    "folder missing": (lambda folder: folder.rename(folder.with_name("gone")), "no trained model"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_model_is_refused_with_a_sentence(tiny_copy, kind):
    damage, reason = DAMAGE[kind]
    damage(tiny_copy.folder)
    with pytest.raises(ModelError, match=reason) as caught:
        predictor.load(tiny_copy.folder)
    assert str(caught.value).endswith(".")
