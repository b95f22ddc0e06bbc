"""The settings file of clusters: what it may hold, and one sentence for each fault."""

import pytest

from imdb_core import paths
from imdb_core.runs.places import settings

MINIMAL = '[lab]\naddress = "http://10.0.0.5:8265"\n'


@pytest.fixture
def written(tmp_path, monkeypatch):
    """written(text): the settings read from a file with this text."""

    def written(text):
        path = tmp_path / "clusters.toml"
        path.write_text(text, "utf-8")
        monkeypatch.setenv("IMDB_PLACES", str(path))
        return settings.read()

    return written


def test_without_a_file_there_is_no_cluster_and_no_fault(tmp_path, monkeypatch):
    monkeypatch.setenv("IMDB_CACHE_DIR", str(tmp_path))
    assert settings.read() == settings.Settings({})
    assert settings.file() == tmp_path / "places.toml"


def test_an_address_is_enough(written):
    [lab] = written(MINIMAL).clusters.values()
    assert (lab.name, lab.title, lab.address) == ("lab", "lab", "http://10.0.0.5:8265")
    assert (lab.runs, lab.data, lab.app) == tuple(
        map(str, (paths.runs_folder(), paths.cache_folder(), paths.PROJECT))
    )
    assert (lab.cpus, lab.gpus, lab.runs_at_once, lab.token_file, lab.environment) == (1, 0, None, None, {})


def test_every_key_is_read(written, tmp_path):
    text = (
        '["gpu.lab"]\ntitle = "GPU lab"\naddress = "https://ray.example.org/"\n'
        'app = "/shared/app"\nruns = "/shared/runs"\ndata = "/shared/data"\nimdb = "/shared/imdb"\n'
        'python = "/shared/venv/bin/python"\ncpus = 4\ngpus = 1\n'
        f'runs_at_once = 3\ntoken_file = "{tmp_path}/token"\nenvironment = {{KERAS_BACKEND = "jax"}}\n'
    )
    read = written(text)
    assert read.faults == ()
    assert read.clusters["gpu.lab"] == settings.ClusterSettings(
        name="gpu.lab",
        title="GPU lab",
        address="https://ray.example.org:443",
        app="/shared/app",
        runs="/shared/runs",
        data="/shared/data",
        imdb="/shared/imdb",
        python="/shared/venv/bin/python",
        cpus=4,
        gpus=1,
        runs_at_once=3,
        token_file=tmp_path / "token",
        environment={"KERAS_BACKEND": "jax"},
    )


WRONG = {
    'address = "10.0.0.5:8265"': (
        "address",
        'it must be the address of Ray\'s dashboard, such as "http://10.0.0.5:8265"',
    ),
    'address = "ftp://10.0.0.5"': ("address", "it must be"),
    'address = "http://user:secret@10.0.0.5"': ("address", "it must be"),
    'address = "http://10.0.0.5/jobs?x=1"': ("address", "it must be"),
    'address = "http://10.0.0.5:x"': ("address", "it must be"),
    'address = "http://10.0.0.5:99999"': ("address", "it must be"),
    'address = "http://a b"': ("address", "it must be"),
    "address = 8265": ("address", "it must be"),
    "cpus = 0": ("cpus", "it must be a whole number between 1 and 1024"),
    "cpus = true": ("cpus", "it must be a whole number"),
    "cpus = 1.5": ("cpus", "it must be a whole number"),
    "gpus = 2": ("gpus", "it must be a whole number between 0 and 1"),
    'runs_at_once = "4"': ("runs_at_once", "it must be a whole number between 1 and 10000"),
    'runs = "shared/runs"': ("runs", "it must be an absolute path"),
    'data = "/a\\nb"': ("data", "it must be an absolute path"),
    "app = 3": ("app", "it must be an absolute path"),
    'python = "python3"': ("python", "it must be an absolute path"),
    'token_file = "token"': ("token_file", "it must be the absolute path of a file here"),
    'title = ""': ("title", "it must be a text of 1 to 80 characters"),
    "environment = 3": ("environment", "it must be a table of variables"),
    "environment = {EPOCHS = 3}": ("environment", "values must be texts in quotes"),
    "environment = {'A B' = \"x\"}": ("environment", "values must be texts in quotes"),
    'colour = "red"': ("colour", "colour is unknown; allowed are address, app"),
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_value_is_named_with_its_line_and_what_is_allowed(written, line):
    key, allowed = WRONG[line]
    address = "" if line.startswith("address") else 'address = "http://10.0.0.5"\n'
    read = written(f"{MINIMAL.replace('lab', 'other')}\n[lab]\n{address}{line}\n")
    assert list(read.clusters) == ["other"]
    sentence = read.fault("lab")
    number = 6 if address else 5
    assert f"clusters.toml, line {number}: [lab] {key} " in sentence
    assert allowed in sentence
    assert read.fault("other") is None


def test_a_missing_address_is_named(written):
    assert "line 1: [lab] address is missing; it must be" in written("[lab]\ncpus = 2\n").fault("lab")


@pytest.mark.parametrize("name", ["here", "'a b'", "'../lab'", "'" + "x" * 41 + "'", "'-lab'"])
def test_a_name_that_no_run_may_have_is_refused(written, name):
    read = written(MINIMAL.replace("lab", name))
    assert read.clusters == {}
    assert "is no name for a cluster; allowed are 1 to 40 letters" in read.faults[0][1]


def test_a_key_outside_any_table_is_named(written):
    read = written('address = "http://10.0.0.5"\n' + MINIMAL)
    assert list(read.clusters) == ["lab"]
    assert "begin the table of each cluster with its [name]" in read.fault("address")


@pytest.mark.parametrize(
    "text", ["[lab\n", "[lab]\naddress = http://x\n", "[lab]\n[lab]\n", "\x00", "x = " + "[" * 5000]
)
def test_a_file_that_is_no_toml_is_one_fault(written, text):
    read = written(text)
    assert read.clusters == {}
    [(_, sentence)] = read.faults
    assert "clusters.toml cannot be read: " in sentence
    assert read.fault("any name") == sentence


def test_a_syntax_error_names_its_line(written):
    assert "at line 2" in written("[lab]\naddress = http://x\n").faults[0][1]


def test_a_file_that_is_missing_or_no_file_is_a_fault_only_if_it_was_named(tmp_path, monkeypatch):
    monkeypatch.setenv("IMDB_PLACES", str(tmp_path / "missing.toml"))
    assert "but there is no such file. Create it, or unset the variable." in settings.read().faults[0][1]
    monkeypatch.setenv("IMDB_PLACES", str(tmp_path))
    assert "cannot be read" in settings.read().faults[0][1]


def test_a_changed_file_is_read_again(written):
    assert list(written(MINIMAL).clusters) == ["lab"]
    assert list(written(MINIMAL + MINIMAL.replace("lab", "second")).clusters) == ["lab", "second"]


def test_more_clusters_than_allowed_are_left_out(written):
    text = "".join(MINIMAL.replace("lab", f"lab{number}") for number in range(settings.MOST_CLUSTERS + 2))
    read = written(text)
    assert len(read.clusters) == settings.MOST_CLUSTERS
    assert "there are more than 50 clusters" in read.fault(f"lab{settings.MOST_CLUSTERS}")
