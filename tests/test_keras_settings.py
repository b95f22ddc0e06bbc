"""Settings of Keras that would end or change a training: keras.json and KERAS_* variables."""

import json
import os
import subprocess
import sys

import pytest
from apptest import opened

from imdb_core import __main__ as command_line
from imdb_core import keras_settings, paths
from imdb_core.errors import SettingError
from imdb_core.runs import store

SOUND = {"floatx": "float32", "epsilon": 1e-07, "backend": "tensorflow", "image_data_format": "channels_last"}
REFUSED = [
    (
        {"backend": "theano"},
        ['"backend": "theano"', "tensorflow, jax, torch", 'Write "backend": "tensorflow"'],
    ),
    ({"backend": "cntk"}, ['"backend": "cntk"', 'Write "backend": "tensorflow"']),
    ({"backend": "numpy"}, ['"backend": "numpy"', 'Write "backend": "tensorflow"']),
    ({"backend": "openvino"}, ['"backend": "openvino"', 'Write "backend": "tensorflow"']),
    ({"backend": ""}, ['"backend": ""', 'Write "backend": "tensorflow"']),
    ({"backend": None}, ['"backend": null', 'Write "backend": "tensorflow"']),
    ({"backend": ["jax"]}, ['"backend": ["jax"]', 'Write "backend": "tensorflow"']),
    ({"backend": "torch"}, ["is not installed", 'Write "backend": "tensorflow"', "install torch"]),
    ({"floatx": "bfloat16"}, ['"floatx": "bfloat16"', "float32", 'Write "floatx": "float32"']),
    ({"floatx": 32}, ['"floatx": 32', 'Write "floatx": "float32"']),
    ({"floatx": []}, ['"floatx": []', 'Write "floatx": "float32"']),
    (
        {"image_data_format": "th"},
        ['"image_data_format": "th"', 'Write "image_data_format": "channels_last"'],
    ),
    ({"image_data_format": None}, ["null", 'Write "image_data_format": "channels_last"']),
    ({"epsilon": 0}, ['"epsilon": 0', 'Write "epsilon": 1e-07']),
    ({"epsilon": "1e-7"}, ['"epsilon": "1e-7"', 'Write "epsilon": 1e-07']),
    ({"nnx_enabled": True}, ['"nnx_enabled": true', 'Write "nnx_enabled": false']),
    ('{"backend": ', ["not valid JSON", "delete the file"]),
    ("backend: theano", ["not valid JSON", "delete the file"]),
    ("[]", ["not a JSON object", "delete the file"]),
    ('"theano"', ["not a JSON object", "delete the file"]),
    (b"\xff\xfe", ["not valid JSON", "delete the file"]),
]
ACCEPTED = [
    None,
    "",
    "\n",
    "{}",
    SOUND,
    SOUND | {"floatx": "float64"},
    SOUND | {"backend": "jax"},
    {"image_dim_ordering": "th"},
]
ACCEPTED += [{"image_data_format": "channels_first", "epsilon": 0.1, "floatx": "float16"}]
VARIABLES = [
    (
        "KERAS_BACKEND",
        "theano",
        ["KERAS_BACKEND is 'theano'", "tensorflow, jax, torch", "Set it to tensorflow"],
    ),
    ("KERAS_BACKEND", "torch", ["KERAS_BACKEND is 'torch'", "is not installed", "install torch"]),
    ("KERAS_BACKEND", "JAX", ["KERAS_BACKEND is 'JAX'", "tensorflow, jax, torch"]),
    ("KERAS_BACKEND", " jax\n", ["KERAS_BACKEND is ' jax\\n'"]),
    ("KERAS_BACKEND", "openvino", ["KERAS_BACKEND is 'openvino'", "tensorflow, jax, torch"]),
    ("KERAS_MAX_EPOCHS", "many", ["KERAS_MAX_EPOCHS is 'many'", "whole number"]),
    ("KERAS_MAX_STEPS_PER_EPOCH", "", ["KERAS_MAX_STEPS_PER_EPOCH is ''", "whole number"]),
    ("KERAS_NNX_ENABLED", "True", ["KERAS_NNX_ENABLED", "set it to 0"]),
]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """home(content): the user's keras.json holds `content`; no variable of Keras is set."""
    for name in [name for name in os.environ if name.startswith("KERAS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "torch", None)  # as if not installed, wherever these tests run

    def write(content, folder=tmp_path / ".keras"):
        if content is None:
            return None
        folder.mkdir(exist_ok=True)
        content = json.dumps(content) if isinstance(content, dict) else content
        (folder / "keras.json").write_bytes(content.encode() if isinstance(content, str) else content)
        return folder / "keras.json"

    return write


@pytest.mark.parametrize("content, parts", REFUSED)
def test_a_file_that_keras_cannot_use_is_named_with_what_to_write_there(home, content, parts):
    path = home(content)
    with pytest.raises(SettingError) as refusal:
        keras_settings.check()
    assert all(part in str(refusal.value) for part in [str(path), *parts]), refusal.value


@pytest.mark.parametrize("content", ACCEPTED)
def test_a_file_that_keras_can_use_is_accepted(home, content):
    home(content)
    keras_settings.check()


@pytest.mark.parametrize("name, value, parts", VARIABLES)
def test_a_variable_that_keras_cannot_use_is_named_with_what_to_do(monkeypatch, name, value, parts):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as refusal:
        keras_settings.check()
    assert all(part in str(refusal.value) for part in parts), refusal.value


def test_a_variable_comes_before_the_file(home, monkeypatch):
    home({"backend": "theano", "nnx_enabled": True})
    monkeypatch.setenv("KERAS_NNX_ENABLED", "0")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras_settings.check()
    monkeypatch.setenv("KERAS_BACKEND", "")
    with pytest.raises(SettingError, match="theano"):
        keras_settings.check()


def test_keras_home_names_the_folder_of_the_file(home, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", "~/other")
    path = home({"backend": "theano"}, tmp_path / "other")
    with pytest.raises(SettingError, match=str(path)):
        keras_settings.check()


def test_a_folder_in_place_of_the_file_gets_a_sentence_too(tmp_path):
    (tmp_path / ".keras/keras.json").mkdir(parents=True)
    with pytest.raises(SettingError, match="keras.json cannot be read: Is a directory"):
        keras_settings.check()


@pytest.mark.parametrize(
    "missing, parts", [(["tensorflow"], ["Set KERAS_BACKEND to jax"]), (["tensorflow", "jax"], ["README"])]
)
def test_without_tensorflow_the_installed_backend_is_named(monkeypatch, missing, parts):
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SettingError) as refusal:
        keras_settings.check()
    assert all(part in str(refusal.value) for part in ["tensorflow, which is not installed", *parts]), (
        refusal.value
    )


def test_number_type_image_format_and_epsilon_of_the_file_do_not_change_a_training(home):
    path = home(
        {"floatx": "float64", "image_data_format": "channels_first", "epsilon": 0.5, "backend": "jax"}
    )
    program = """
from imdb_core import keras_settings
keras = keras_settings.load()
from keras.src.backend.config import _config_path
config = keras.config
print(_config_path, config.backend(), config.floatx(), config.image_data_format(), config.epsilon())
layer = keras.layers.Dense(1)
print(config.dtype_policy().name, layer(keras.ops.zeros((1, 1))).dtype, keras.Input((1,)).dtype)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=paths.PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        f"{path} jax float32 channels_last 1e-07",
        "float32 float32 float32",
    ]


def test_the_worker_ends_with_the_sentence(home, tiny):
    path = home({"backend": "theano"})
    run = store.create(tiny(), store.new_id())
    subprocess.run(
        [sys.executable, "-m", "imdb_core.training.worker", str(run.folder)], cwd=paths.PROJECT, check=False
    )
    ended = store.read(run.folder)
    assert ended.state == "failed"
    assert f'{path} says "backend": "theano"' in ended.message


def test_the_page_shows_the_sentence_before_a_run_begins(home, stub_worker):
    path = home({"backend": "theano"})
    app = opened("train")
    app.button(key="start").click().run()
    [shown] = [error.value.replace("\\", "") for error in app.error]
    assert f'{path} says "backend": "theano"' in shown
    assert store.runs() == []


@pytest.mark.parametrize("command", ["train", "resume"])
def test_the_command_line_prints_the_sentence_and_ends_with_code_2(home, tiny, command, capsys):
    run = store.create(tiny(), store.new_id())
    store.record(run.folder, "interrupted")
    path = home({"backend": "theano"})
    arguments = {"train": ["--network", "lstm", "--dataset", "demo"], "resume": [run.id]}
    assert command_line.main([command, *arguments[command]]) == 2
    assert f'{path} says "backend": "theano"' in capsys.readouterr().err
    assert [listed.id for listed in store.runs()] == [run.id]


def test_keras_is_loaded_without_the_packages_that_no_training_needs():
    """They take as long to import as Keras itself; afterwards they can be imported as ever."""
    program = "import sys; from imdb_core import keras_settings; keras_settings.load()\n"
    program += "print(sorted(set(keras_settings.NOT_NEEDED) & set(sys.modules)))\n"
    program += "import pandas, sklearn\nprint(pandas.DataFrame({'a': [1]}).shape)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "(1, 1)"]


def test_a_backend_that_is_not_always_needed_is_loaded_if_it_is_chosen():
    program = (
        "import sys; from imdb_core import keras_settings; keras_settings.load(); print('jax' in sys.modules)"
    )
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
