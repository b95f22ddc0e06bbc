"""The parts of a plain script that depend on where the texts come from. Called by plain.py.

The script of a run on the user's own data set reads that data set. Every other script reads the IMDB reviews.
"""

import json
import textwrap
from dataclasses import dataclass

from imdb_core import answers
from imdb_core.config import RunConfig
from imdb_core.data import sources
from imdb_core.paths import cache_folder
from imdb_core.script import own_template, template
from imdb_core.script.text_reading import script_source

WIDTH = 110  # columns of a line of text


@dataclass(frozen=True)
class Texts:
    """Parts of the script as source: its docstring's end, the imports, data, typed texts."""

    about: str
    needs: str
    imports: tuple[str, ...]  # of the standard library or of packages, beside those of every script
    data: str
    typed: str


def texts(config: RunConfig) -> Texts:
    """The parts for the data set of `config`, which may be deleted by now."""
    is_stored = sources.exists(config.dataset)
    if is_stored and not sources.get(config.dataset).in_own_files:
        return _imdb(config)
    return _own(config, "" if is_stored else f"\n\nThe data set {config.dataset} was deleted in the app.")


def _imdb(config: RunConfig) -> Texts:
    imports, reading = script_source(config.tokenizer)
    source = sources.get(config.dataset)
    about = template.ABOUT_IMDB
    if not source.in_keras:  # a sentence on lines of its own
        about += "\n" + textwrap.fill(template.OTHER_REVIEWS.format(reviews=source.full_noun), WIDTH)
    values = config.__dict__
    return Texts(
        about=about,
        needs=template.NEEDS_IMDB,
        imports=imports,
        data=template.DATA_IMDB.format(**values),
        typed=template.TYPED_IMDB.format(reading=reading, **values),
    )


def _own(config: RunConfig, ending: str) -> Texts:
    imports, reading = script_source(config.tokenizer)
    has_pieces = config.tokenizer == "subwords"
    template_of_words = own_template.PIECES if has_pieces else own_template.WORDS
    cache = str(cache_folder())
    data = own_template.DATA.format(
        cache=json.dumps(cache),
        name=json.dumps(config.dataset),
        classes=json.dumps(config.classes),
        reading=reading,
        vocabulary=template_of_words.format(size=config.vocabulary_size),
        length=config.review_length,
        share=config.validation_share,
        seed=config.seed,
    )
    if not answers.is_binary(config.classes):
        data += template.ONE_HOT
    shares = "(1 - output[0], output[0])" if answers.is_binary(config.classes) else "output"
    return Texts(
        about=f"{template.ABOUT_OWN}{ending}",
        needs=own_template.NEEDS.format(cache=cache, packages=" tokenizers" if has_pieces else ""),
        imports=(*imports, "import glob" if has_pieces else "import collections"),
        data=data,
        typed=own_template.TYPED.format(
            size=config.vocabulary_size, length=config.review_length, shares=shares
        ),
    )
