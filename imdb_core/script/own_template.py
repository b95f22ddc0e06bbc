"""The parts of a plain script that read a data set of the user's own. Called by texts.py."""

NEEDS = """\
Needs keras, numpy and a backend such as tensorflow: pip install keras tensorflow{packages}
Environment: IMDB_CACHE_DIR, the app's folder of data sets; without the variable {cache}."""
DATA = '''\
# The folder of the data set, as the app stores it, and the names of its classes.
CACHE = os.path.expanduser(os.environ.get("IMDB_CACHE_DIR", "").strip(" '\\"")) or {cache}
FOLDER = os.path.join(CACHE, {name})
CLASSES = {classes}


# How the app splits a text into words.
{reading}


def cleaned(text):
    """`text` as the app reads it: line ends as "\\\\n", and no NUL."""
    return text.replace("\\r\\n", "\\n").replace("\\r", "\\n").replace("\\0", " ")


def excluded_texts():
    """The numbers of the texts that the user has excluded; a later line overrules an earlier one."""
    numbers, path = set(), os.path.join(FOLDER, "excluded.jsonl")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for row in (json.loads(line) for line in file if line.strip().endswith("}}")):
                (numbers.discard if row.get("included") else numbers.add)(row["index"])
    return numbers


def load_texts(part):
    """(texts, numbers of their classes) of one part of the data set: 0 is for training, 1 for the test."""
    with open(os.path.join(FOLDER, "texts.utf8"), "rb") as file:
        content = file.read()
    arrays = (os.path.join(FOLDER, name + ".npy") for name in ("text_offsets", "labels", "parts"))
    offsets, labels, parts = map(np.load, arrays)
    excluded = excluded_texts()
    chosen = [index for index in np.flatnonzero(parts == part).tolist() if index not in excluded]
    texts = [content[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in chosen]
    return [cleaned(text) for text in texts], labels[chosen].astype(int)


{vocabulary}


# Texts as ids: 0 pads, 1 starts a text, 2 is an unknown word, 4 is the first word of the vocabulary. Of each
# text the end, with zeros in front of short ones.
(train_texts, y_train), (test_texts, y_test) = load_texts(0), load_texts(1)
words = ranked_words(train_texts)
ids = {{word: id for id, word in enumerate(words, 4)}}
x_train = keras.utils.pad_sequences([known(encoded(text, ids)) for text in train_texts], maxlen={length})
x_test = keras.utils.pad_sequences([known(encoded(text, ids)) for text in test_texts], maxlen={length})

# Validation: the app's own texts, a share of {share} of the training texts of each class.
random = np.random.default_rng([{seed}, 10**6])
of_classes = [random.permutation(np.flatnonzero(y_train == label)) for label in range(len(CLASSES))]
validation = np.sort(np.concatenate([texts[: round({share} * len(texts))] for texts in of_classes]))
training = np.setdiff1d(np.arange(len(y_train)), validation)'''
WORDS = '''\
def ranked_words(texts):
    """The words of the training texts, the most frequent first."""
    counts = collections.Counter(word for text in texts for word in tokens(text))
    return [word for word, _ in counts.most_common() if len(word) <= 100]


def known(ids):
    """`ids` with 2, unknown, for the words that the network does not know."""
    return [id if id < {size} else 2 for id in ids]'''
PIECES = '''\
def ranked_words(texts):
    """The pieces that the app has learned from the training texts, as many as the network knows."""
    [path] = glob.glob(os.path.join(FOLDER, "ids-subwords-*", "words.json"))
    with open(path, encoding="utf-8") as file:
        return json.load(file)["words"][: {size} - 4]


def known(ids):
    """The ids as they are: texts are cut into pieces that the network knows."""
    return ids'''
TYPED = """\
# The texts that were given as arguments: the share of each class.
if typed_texts := list(map(cleaned, sys.argv[1:])):
    ids = {{word: id for word, id in ids.items() if id < {size}}}
    typed = keras.utils.pad_sequences([encoded(text, ids) for text in typed_texts], maxlen={length})
    for text, output in zip(typed_texts, model.predict(typed), strict=True):
        shares = [round(float(share), 4) for share in {shares}]
        print(dict(zip(CLASSES, shares, strict=True)), "for", repr(text))
"""
