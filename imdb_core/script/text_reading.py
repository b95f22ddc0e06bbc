"""How a plain script cuts texts into tokens: source copied from the tokenizers. Called by plain.py."""

import ast
import functools
from pathlib import Path

from imdb_core import data
from imdb_core.script.annotations import without_annotations

KERAS_IMDB = '''

def encoded(text, ids):
    """The ids of a text, as the app reads it; `ids` maps words to ids."""
    words = tokens(decoded(text))
    return [1] + [ids.get(word, 2) for word in understood(words, ids, typed=" ".join(words) != text)]
'''
UNICODE_WORDS = '''

def encoded(text, ids):
    """The ids of a text, as the app reads it; `ids` maps words to ids."""
    return [1] + [ids.get(word, 2) for word in tokens(text)]
'''
SUBWORDS = '''

@functools.lru_cache(maxsize=1)
def tokenizer_of(pieces):
    return piece_tokenizer({piece: id for id, piece in enumerate(pieces, 4)})


def tokens(text, ids):
    """The pieces of a text; `ids` maps pieces to ids, in the order of the ids."""
    return tokenizer_of(tuple(ids)).encode(text).tokens


def encoded(text, ids):
    """The ids of a text, as the app reads it; `ids` as for tokens()."""
    return [1] + tokenizer_of(tuple(ids)).encode(text).ids
'''
# Tokenizer -> file of its rules, source that uses the rules, and what this source imports. The files are not
# imported, because the rules of pieces import the package `tokenizers`.
_RULES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "keras_imdb": ("typography.py", KERAS_IMDB, ()),
    "unicode_words": ("tokenizers/word_rule.py", UNICODE_WORDS, ()),
    "subwords": ("tokenizers/piece_rule.py", SUBWORDS, ("import functools",)),
}


@functools.cache
def script_source(tokenizer: str) -> tuple[tuple[str, ...], str]:
    """(import lines, source) of how the app cuts texts with the tokenizer of this name.

    The source defines tokens(text) and encoded(text, ids), which gives ids with the start token first. `ids`
    maps the vocabulary's words to ids from 4 on, in their order. For pieces of words it is tokens(text, ids).
    Only "subwords" imports a package that is not in the standard library, `tokenizers`.
    """
    file, users, imports = _RULES[tokenizer]
    source = without_annotations((Path(data.__file__).parent / file).read_text("utf-8"))
    tree = ast.parse(source)
    nodes = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    body = source.splitlines()[nodes[-1].end_lineno :]
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = [ast.unparse(node) for node in nodes if _imported_names(node) & used]
    return (*lines, *imports), "\n".join(body).strip() + "\n" + users.rstrip()


def _imported_names(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
