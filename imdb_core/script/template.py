"""The text of a plain Keras script; a run's values go into the braces. Called by plain.py."""

SCRIPT = '''\
"""{title}: a plain Keras script, made from the hyperparameters of a run.

The script pads every text to {length} words{about}

{needs}
Arguments: texts to score after the training, each in quotes.
"""

{imports}

import keras
import numpy as np
from keras import layers{packages}

keras.utils.set_random_seed({seed}){precision}

{data}

# The network, layer by layer.
{own}{network}
model.summary()
{start}
# Training.
{schedule}
model.compile(
    optimizer=keras.optimizers.{optimizer}(learning_rate{options}),
    loss={loss},
    metrics=["accuracy"],
)
{keep}
history = model.fit(
    x_train[training],
    y_train[training],
    batch_size={batch},
    epochs={epochs},
    validation_data=(x_train[validation], y_train[validation]),
    callbacks=[{callbacks}],{class_weight}
)

# The test texts, once, with the best epoch's weights.
loss, accuracy = model.evaluate(x_test, y_test)
print(f"test accuracy {{accuracy:.4f}}")


{typed}'''
ABOUT_IMDB = """ and draws the validation reviews anew. The app may put reviews
of similar length together. So the figures differ slightly from the app's."""
ABOUT_OWN = """. The app may put texts of similar length
together. So the figures differ slightly from the app's."""
NEEDS_IMDB = """\
Needs keras, numpy and a backend such as tensorflow: pip install keras tensorflow
Environment: IMDB_DATA_DIR, a folder with imdb.npz and, to score typed reviews, imdb_word_index.json. Without
the variable Keras downloads both once."""
DATA_IMDB = '''\
# As the app reads the variable: "~/imdb" works, also in quotes.
FOLDER = os.path.expanduser(os.environ.get("IMDB_DATA_DIR", "").strip(" '\\""))


def load_reviews(num_words):
    """(training reviews, labels), (test reviews, labels). A review is a list of word ids."""
    if not FOLDER:
        return keras.datasets.imdb.load_data(num_words=num_words)
    # The file holds pickled lists, which can run code: load only a file that you trust.
    with np.load(os.path.join(FOLDER, "imdb.npz"), allow_pickle=True) as saved:
        halves = [(saved["x_" + half], saved["y_" + half]) for half in ("train", "test")]
    # As load_data does: 0 pads, 1 starts a review, 2 is a rarer word, 4 is the most frequent word.
    def ids(ranks):
        return [1] + [rank + 3 if rank + 3 < num_words else 2 for rank in ranks]

    return [([ids(ranks) for ranks in x], y) for x, y in halves]


# Reviews: the most frequent words only, the end of each review, zeros in front of short ones.
(x_train, y_train), (x_test, y_test) = load_reviews(num_words={vocabulary_size})
x_train = keras.utils.pad_sequences(x_train, maxlen={review_length})
x_test = keras.utils.pad_sequences(x_test, maxlen={review_length})

# Validation: a share of {validation_share} of the training reviews, drawn at random.
order = np.random.default_rng({seed}).permutation(len(x_train))
validation, training = np.split(order, [round({validation_share} * len(order))])'''
TYPED_IMDB = '''\
# From here on only for typed reviews: how the app splits a review into words.
{reading}


def load_words(num_words):
    """Word -> id, of the words that the network knows."""
    if FOLDER:
        with open(os.path.join(FOLDER, "imdb_word_index.json"), encoding="utf-8") as file:
            ranks = json.load(file)
    else:
        ranks = keras.datasets.imdb.get_word_index()
    return {{word: rank + 3 for word, rank in ranks.items() if rank + 3 < num_words}}


# The reviews that were given as arguments.
if reviews := sys.argv[1:]:
    ids = load_words(num_words={vocabulary_size})
    typed = keras.utils.pad_sequences([encoded(review, ids) for review in reviews], maxlen={review_length})
    for review, probability in zip(reviews, model.predict(typed)[:, 0], strict=True):
        print("probability of positive", round(float(probability), 4), "of", repr(review))
'''
ONE_HOT = """

# As many outputs as classes: a target is 1 for the text's class and 0 for all others.
labels = y_train
y_train, y_test = (keras.utils.to_categorical(numbers, len(CLASSES)) for numbers in (y_train, y_test))"""
CLASS_WEIGHTS = """
# Errors on a rare class cost more.
{source}

class_weights = dict(enumerate(balanced({labels}[training], {classes})))
"""
ONE_CYCLE = """\
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        done = keras.ops.cast(step, "float32") / steps
        rising = {rate} * (1 - 24 / 25 * 0.5 * (1 + keras.ops.cos(math.pi * done / 0.3)))
        falling = {rate} * 0.5 * (1 + keras.ops.cos(math.pi * (done - 0.3) / 0.7))
        return keras.ops.where(done < 0.3, rising, falling)


learning_rate = OneCycle()"""
BATCHES = """

def training_batches():
    for part in np.array_split(training, 100):
        yield x_train[part], {targets}


"""
OTHER_REVIEWS = (
    "The run learned from the app's {reviews}, which Keras does not have. This script reads the IMDB reviews."
)
NO_EARLY_STOPPING = """\
# No early stopping, because patience is not smaller than the number of epochs: this only keeps the weights of
# the best epoch."""
