"""All bounds on data sets of the user's own. Called by the other modules of this package."""

from imdb_core.answers import FEWEST_CLASSES as FEWEST_CLASSES
from imdb_core.answers import MOST_CLASSES as MOST_CLASSES

MOST_FILE_BYTES = 4 * 2**30  # of a table, of an archive, and of all files of a folder together
# Zip bomb limits: bytes unpacked in all, and their ratio to the packed size once RATIO_FROM is unpacked.
# Measured ratios: 2.4 for Stanford's archive, up to about 20 for generated reviews.
MOST_UNPACKED_BYTES = 4 * 2**30
MOST_RATIO, RATIO_FROM = 60, 2**26
MOST_ENTRIES = 250_000  # files and folders of an archive or a folder; Stanford's archive has 100,000
MOST_TABLE_NAME = 1_000  # characters of the path of a file in an archive
MOST_ROWS = 2_000_000
MOST_LABELS = 1_000  # different labels in the label column, before labels are merged or left out
LONGEST_LABEL = 80  # characters, as of a class in RunConfig
FEWEST_PER_CLASS = 3  # texts: one each for training, validation and test
LONGEST_TEXT = 100_000  # characters; a row with a longer text is dropped, with its line number
LONGEST_FIELD = 2**20  # characters of a cell, of a line or of a text file; this also bounds an unclosed quote
MOST_COLUMNS = 500
LOWEST_TEST_SHARE, HIGHEST_TEST_SHARE = 0.01, 0.5
LONGEST_TITLE = 60  # characters of a data set's title and of its noun

SECONDS = 1_800  # of the reading process, by the clock and on the processor
MEMORY = 3 * 2**30  # bytes of address space of the reading process; libraries that are only mapped count too
SAMPLE_BYTES = 2**20  # the beginning of a file, for guesses of the encoding and the separator
QUOTE_BYTES = 2**26  # the part of a file that decides whether quotes are plain characters
SAMPLE_ROWS = 5_000  # for guesses of the header, the text and the label
LONGEST_SAMPLE = 1_000  # characters of a cell in these rows
EXAMPLES = 3  # of a column, of a class, and of the rows that are dropped for one reason
LONGEST_EXAMPLE = 200  # characters
MOST_ANSWER_BYTES = 2**24  # of the lines that the reading process prints
