"""The recipes in CONTRIBUTING.md work: each one is carried out, step by step, in a copy of the checkout.

A recipe is a section below "How to add". Its code blocks are instructions. The line above a block says what
to do with it: "in the new file `PATH`", "at the end of `PATH`", "before `LINE` in `PATH`", "after `LINE` in
`PATH`" (LINE is the beginning of a line), or "run" for commands, each of which must succeed. A line
"It prints `TEXT`." below commands names what their output must contain.
"""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
LINKED = ("pretrained", "docs/screenshots")  # large, and changed by no recipe
MOST_STEPS = 3

_SECTION = re.compile(r"^### (?P<title>.+)\n(?P<text>(?:(?!^##).*\n?)*)", re.MULTILINE)
_BLOCK = re.compile(
    r"^(?P<lead>.*)\n\n?(?P<indent> *)```\w*\n(?P<body>(?:.*\n)*?) *```\n"
    r"(?:\n *It prints `(?P<prints>[^`]+)`)?",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """One code block of a recipe: the line above it, its text, and what its output must contain."""

    lead: str
    body: str
    prints: str | None


def recipes() -> dict[str, str]:
    """Title -> text of each recipe."""
    part = GUIDE.partition("\n## How to add\n")[2].partition("\n## ")[0]
    return {match["title"]: match["text"] for match in _SECTION.finditer(part + "\n")}


def blocks(text: str) -> list[Block]:
    """The code blocks of a recipe, without their indentation."""
    instructions = []
    for match in _BLOCK.finditer(text):
        width = len(match["indent"])
        body = "".join(line[width:] or "\n" for line in match["body"].splitlines(keepends=True))
        instructions.append(Block(match["lead"].strip(), body, match["prints"]))
    return instructions


def carry_out(block: Block, checkout: Path) -> None:
    """Do in `checkout` what the line above the block says."""
    new = re.search(r"in the new file `([^`]+)`", block.lead)
    end = re.search(r"at the end of `([^`]+)`", block.lead)
    beside = re.search(r"(before|after) `([^`]+)` in `([^`]+)`", block.lead)
    if new:
        (checkout / new[1]).parent.mkdir(parents=True, exist_ok=True)
        (checkout / new[1]).write_text(block.body, "utf-8")
    elif end:
        path = checkout / end[1]
        path.write_text(path.read_text("utf-8") + "\n\n" + block.body, "utf-8")
    elif beside:
        insert(checkout / beside[3], beside[2], block.body, after=beside[1] == "after")
    else:
        assert block.lead.casefold().endswith("run"), (
            f"nobody knows what to do with the block below {block.lead!r}"
        )
        output = "".join(run(command, checkout) for command in block.body.splitlines())
        assert (block.prints or "") in output, output


def insert(path: Path, beginning: str, body: str, *, after: bool) -> None:
    """Insert `body` before or after the only line that begins with `beginning`, indented as this line."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    matches = [number for number, line in enumerate(lines) if line.lstrip().startswith(beginning)]
    assert len(matches) == 1, f"{len(matches)} lines of {path} begin with {beginning}"
    place = matches[0] + after
    indent = re.match(" *", lines[matches[0]])[0]
    lines[place:place] = [indent + line for line in body.splitlines(keepends=True)]
    path.write_text("".join(lines), "utf-8")


def run(command: str, checkout: Path) -> str:
    """The output of one shell-like command; it must succeed."""
    arguments = shlex.split(command)
    if arguments[0] == "python":
        arguments[0] = sys.executable
    environment = {
        **os.environ,
        "IMDB_RUNS_DIR": str(checkout / "runs"),
        "IMDB_CACHE_DIR": str(checkout / "data"),
    }
    environment["PYTHONPATH"] = str(checkout)
    done = subprocess.run(
        arguments,
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files of a commit, relative to the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.fixture
def checkout(tmp_path: Path, tracked: list[str]) -> Path:
    """A copy of the checkout that a recipe may change."""
    for name in tracked:
        if not name.startswith(LINKED):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for name in LINKED:
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.mark.parametrize("title", [title for title, text in recipes().items() if blocks(text)])
def test_a_recipe_works_in_at_most_three_steps(title: str, checkout: Path) -> None:
    text = recipes()[title]
    steps = re.findall(r"^[0-9]+\. ", text, re.MULTILINE)
    assert 0 < len(steps) <= MOST_STEPS
    instructions = blocks(text)
    assert instructions
    for block in instructions:
        carry_out(block, checkout)


def test_a_recipe_that_does_not_work_is_noticed(checkout: Path) -> None:
    with pytest.raises(AssertionError, match="no such network"):
        carry_out(Block("Then run", "python -c \"raise SystemExit('no such network')\"", None), checkout)
    with pytest.raises(AssertionError, match="0 lines"):
        insert(checkout / "app.py", "a line that is not there", "x = 1\n", after=True)
