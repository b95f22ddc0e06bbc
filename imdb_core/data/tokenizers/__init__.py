"""The registry of tokenizers: how a text becomes tokens. Called by Vocabulary, RunConfig's form and imports.

A tokenizer is a module of this package that registers a subclass of Tokenizer; it is imported below.
"""

from imdb_core.data.tokenizers import keras_imdb as keras_imdb
from imdb_core.data.tokenizers import subwords as subwords
from imdb_core.data.tokenizers import unicode_words as unicode_words
from imdb_core.data.tokenizers.choice import default_tokenizer as default_tokenizer
from imdb_core.data.tokenizers.registry import get as get
from imdb_core.data.tokenizers.registry import names as names
