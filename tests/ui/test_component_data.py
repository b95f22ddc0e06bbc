"""What a component written in JavaScript receives: any data, without pandas in the server."""

import json
import subprocess
import sys

from tests.source import PROJECT
from ui.browser import sendable

DATA = {"words": ["good", ["bad", 1.5]], "figures": {"epoch": [1, 2]}, "name": "é", "empty": [], "no": None}
SEND = """
import json, sys
from streamlit.components.v2.bidi_component.serialization import serialize_mixed_data
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from ui.browser import sendable
message = BidiComponent()
serialize_mixed_data(sendable(json.loads(sys.argv[1])), message)
print(json.dumps([message.json, "pandas" in sys.modules]))
"""


def test_lists_arrive_as_lists_and_dicts_as_json_without_pandas():
    command = [sys.executable, "-c", SEND, json.dumps(DATA)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    sent, has_pandas = json.loads(done.stdout.splitlines()[-1])
    received = json.loads(sent)
    assert received | {"figures": json.loads(received["figures"])} == DATA
    assert not has_pandas


def test_what_a_page_hands_over_is_not_changed():
    words = ["good"]
    assert sendable({"words": words})["words"] == ("good",) and words == ["good"]
