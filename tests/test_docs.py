"""The documents name only existing commands, modules, make targets, variables, networks, pages and files."""

import functools
import re
from pathlib import Path

from imdb_core import architectures, paths
from imdb_core.commands import parser  # noqa: F401 - registers the commands
from imdb_core.commands.registry import COMMANDS
from imdb_core.runs import layout
from tests.environment_variables import Code
from ui.pages import PAGES

PROJECT = paths.PROJECT
SETTINGS = "## Settings by environment variable"
DOCUMENTS = [
    path
    for path in (
        *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
        *sorted((PROJECT / "docs").rglob("*.md")),
    )
    if path.is_file()
]
APP = [
    *(PROJECT / "imdb_core").rglob("*.py"),
    *(PROJECT / "ui").rglob("*.py"),
    *(PROJECT / "pages").glob("*.py"),
    PROJECT / "app.py",
]
NOT_OURS = {"runs", "data", "build"}  # the app and pip write them into this folder
USERS_FILES = {".streamlit/secrets.toml", "places.toml"}
FILES = [
    path.relative_to(PROJECT).as_posix()
    for top in PROJECT.iterdir()
    if top.name not in NOT_OURS and (not top.name.startswith(".") or top.name in (".ci", ".streamlit"))
    for path in (top.rglob("*") if top.is_dir() else [top])
    if "__pycache__" not in path.parts
]
FOLDERS = {file.rpartition("/")[0] for file in FILES}
TOP = {file.partition("/")[0] for file in FILES}
PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*|<\w+>|\{\w+\}|\*|\.\.\.")


def text_of(document: Path) -> str:
    """The document without the recipes of CONTRIBUTING.md, which test_contributing.py carries out."""
    text = document.read_text("utf-8")
    return re.sub(r"^## How to add\n.*?(?=^## )", "", text, flags=re.MULTILINE | re.DOTALL)


def code_of(text: str) -> list[str]:
    """The code of a Markdown text: spans in backticks, lines of fenced and of indented blocks."""
    blocks = re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"(?:^|\n)\n((?: {4}.*\n?)+)", rest)
    lines = [line.strip() for block in (*blocks, *indented) for line in block.splitlines()]
    return [*lines, *(" ".join(span.split()) for span in re.findall(r"`([^`]+)`", rest))]


def missing(document, pattern: str, exists) -> list[str]:
    """What `pattern` finds in the document's code and does not exist."""
    matches = {match for code in code_of(text_of(document)) for match in re.findall(pattern, code)}
    return sorted(match for match in matches if not exists(match))


def in_all_documents(pattern: str, exists) -> list[str]:
    """As missing(), for all documents: "document: what it names"."""
    return [
        f"{document.relative_to(PROJECT)}: {name}"
        for document in DOCUMENTS
        for name in missing(document, pattern, exists)
    ]


def test_every_module_that_is_started_exists():
    def exists(module):
        place = PROJECT.joinpath(*module.split("."))
        return place.with_suffix(".py").is_file() or (place / "__main__.py").is_file()

    assert in_all_documents(r"python -m ((?:imdb_core|bench|tests)[\w.]*)", exists) == []
    assert in_all_documents(r"python ([\w/.]+\.py)", lambda name: (PROJECT / name).is_file()) == []


def test_every_command_of_the_command_line_exists():
    pattern = r"(?:-m imdb_core|sequence-lab) ([a-z][a-z-]*)"
    assert in_all_documents(pattern, COMMANDS.__contains__) == []


def test_every_make_target_exists():
    targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert in_all_documents(r"^make ([a-z-]+)", targets.__contains__) == []


def test_every_network_exists():
    named = {name for document in DOCUMENTS for name in _networks_in(text_of(document))}
    assert sorted(named - set(architectures.all_names())) == [] and len(named) > 5


def _networks_in(text: str) -> set[str]:
    """The networks in tables that begin with the column "network", and those of --network options."""
    tables = re.findall(r"^\| network \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    named = {name for table in tables for name in re.findall(r"^\| `(\w+)`", table, re.MULTILINE)}
    return named | {name for code in code_of(text) for name in re.findall(r"--network (\w+)", code)}


def test_every_page_exists():
    titles = {page.title for page in PAGES}
    text = " ".join(" ".join(text_of(document).split()) for document in DOCUMENTS)
    phrases = re.findall(r'\b[Pp]ages? ((?:"[^"]+"(?:, | and | or )?)+)', text)
    named = {title for phrase in phrases for title in re.findall(r'"([^"]+)"', phrase)}
    assert named and sorted(named - titles) == []


def test_every_link_leads_to_a_file():
    broken = [
        f"{document.relative_to(PROJECT)}: {link}"
        for document in DOCUMENTS
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text_of(document))
        if not (document.parent / link).exists()
    ]
    assert broken == []


def test_every_file_and_folder_of_the_project_exists():
    assert in_all_documents(r"^[\w./*<>{}-]+$", _exists) == []


def _exists(name: str) -> bool:
    """Whether a word of code that looks like the path of a file or folder of the project is one."""
    name = name.rstrip("/") if name.endswith("/") and "/" in name[:-1] else name
    if name.endswith((".py", ".md", ".toml", ".csv")):
        return name in USERS_FILES or _matches(name, FILES)
    if name.partition("/")[0] in TOP and "/" in name:
        return _matches(name, FILES) or _matches(name.rstrip("/"), FOLDERS)
    if re.fullmatch(r"\w+/", name):
        return name[:-1] in {*NOT_OURS, layout.CHECKPOINTS, layout.EPOCH_MODELS} or _matches(
            name[:-1], FOLDERS
        )
    return True


def _matches(name: str, existing) -> bool:
    """Whether one of the paths ends with the path `name`, in which NAME and <name> stand for any name."""
    if name.startswith("<") or PLACEHOLDER.fullmatch(name.partition("/")[0]):
        return True  # the path of a run or of a user's own folder
    parts = re.split(r"([A-Z][A-Z_]+|<\w+>|\*+)", name)
    pattern = "".join(".*" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    exact = re.compile(f"(.*/)?{re.escape(name)}(\\.py)?|(.*/)?{pattern}")
    stem = re.sub(r"\.\w+$", "", name)  # imdb_core/paths.variable is a function of imdb_core/paths.py
    return any(exact.fullmatch(path) for path in existing) or f"{stem}.py" in existing


def documented() -> set[str]:
    """The variables of the table in README.md."""
    section = (PROJECT / "README.md").read_text("utf-8").partition(SETTINGS)[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([A-Z_0-9]+)`", cell)}


@functools.cache
def read_by_the_code() -> set[str]:
    """The variables that the app's code reads."""
    return Code(APP).read()


def test_every_variable_that_the_code_reads_is_documented():
    assert sorted(read_by_the_code() - documented()) == []


def test_every_variable_in_the_documents_is_read_by_the_code():
    known = read_by_the_code() | documented()
    assert in_all_documents(r"\b(IMDB_[A-Z_]+)", read_by_the_code().__contains__) == []
    assert in_all_documents(r"^([A-Z]+(?:_[A-Z]+)+)=", known.__contains__) == []


def test_a_variable_is_found_however_its_name_is_given(tmp_path):
    (tmp_path / "module.py").write_text(
        """
import os
FIRST, SECOND = "A_ONE", ("A_TWO", "A_THREE")
def read(name, default):
    return os.environ.get(name, default)
def read_all():
    for name in SECOND:
        os.environ.setdefault(name, "1")
    return read("A_FOUR", "NOT_READ"), os.environ[FIRST], "A_FIVE" in os.environ, os.getenv("A_SIX")
os.environ["NOT_READ"] = "written"
"""
    )
    assert Code([tmp_path / "module.py"]).read() == {
        f"A_{number}" for number in ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX")
    }
