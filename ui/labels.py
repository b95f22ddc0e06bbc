"""The names users see for hyperparameters and for their choices."""

LABELS = {
    "dataset": "Reviews",
    "units": "Memory units",
    "heads": "Attention heads",
    "longest_ngram": "Longest phrase",
    "ngram_buckets": "Places for phrases",
    "filters": "Convolution filters",
    "dropout": "Dropout",
    "patience": "Early-stopping patience",
    "seed": "Random seed",
}
CHOICES = {
    "length_buckets": "similar lengths together",
    "padded": "all padded to full length",
    "imdb": "IMDB film reviews",
    "demo": "Synthetic demo reviews",
    "adam": "Adam",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
    "co_occurrence": "learned from neighbours",
}


def label(name: str) -> str:
    """A hyperparameter's name for people."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def choice(value: str) -> str:
    """A choice's name for people."""
    return CHOICES.get(value, value)
