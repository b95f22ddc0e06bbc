"""The fields of RunConfig for the optimisation: how often and how the weights are changed, and the loss."""

from imdb_core.config.hyperparameter import hyperparameter
from imdb_core.config.network_fields import NetworkFields


class OptimisationFields(NetworkFields):
    """The third part of RunConfig's fields."""

    epochs: int = hyperparameter(
        3,
        "Epochs",
        "How often the network reads all training texts. More epochs take longer and may overfit.",
        low=1,
        high=200,
        usual=(1, 50),
        if_high="the training takes long and will very likely overfit",
        main=True,
    )
    optimizer: str = hyperparameter(
        "adam",
        "Optimizer",
        "The rule that computes the change of each weight from the gradient.",
        choices={"adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "sgd": "SGD"},
    )
    learning_rate: float = hyperparameter(
        0.001,
        "Learning rate",
        "How large each weight change is. Too large diverges, too small learns slowly.",
        low=1e-6,
        high=10.0,
        usual=(1e-05, 0.1),
        if_low="the network will learn next to nothing",
        if_high="the training will very likely diverge",
        step=0.0005,
        main=True,
    )
    learning_rate_schedule: str = hyperparameter(
        "constant",
        "Learning rate schedule",
        "How the learning rate changes in training. constant: never. cosine: it falls to zero, so that the "
        "last changes are small. one_cycle: it rises first, then falls.",
        choices={name: name for name in ("constant", "cosine", "one_cycle")},
    )
    weight_decay: float = hyperparameter(
        0.004,
        "Weight decay",
        "How strongly each step pulls the weights towards zero. Only AdamW uses it.",
        low=0,
        high=10,
        usual=(0, 1),
        if_high="the weights shrink faster than they learn",
        step=0.001,
    )
    label_smoothing: float = hyperparameter(
        0.0,
        "Label smoothing",
        "How far the training labels move towards 50 %: at 0.1, a positive text counts as 95 % positive. "
        "The network becomes less certain.",
        low=0,
        high=0.5,
        usual=(0, 0.25),
        if_high="the network becomes unsure of everything",
        step=0.05,
        of_labels=True,
    )
    adversarial_change: float = hyperparameter(
        0.0,
        "Adversarial change",
        "The network learns each text twice: as it is, and with its word vectors changed a little so that "
        "the loss rises most. The value is the size of the change, as a share of the size of the vectors. 0 "
        "turns it off. An epoch takes about twice as long.",
        low=0.0,
        high=1.0,
        usual=(0.003, 0.1),
        if_low="the change is too small to have an effect",
        if_high="the changed texts no longer resemble the real ones",
        step=0.005,
        of_layers=True,
        epoch_cost="zero or not",
        not_in_script="The script learns each text as it is.",
    )
    class_weights: str = hyperparameter(
        "none",
        "Class weights",
        "How much an error costs in training. none: each text costs the same. balanced: errors on a rare "
        "class cost more, so that all classes count the same. The training loss is then weighted, all other "
        "figures are not.",
        choices={"none": "none", "balanced": "balanced"},
        of_labels=True,
    )
    weight_averaging: float = hyperparameter(
        0.0,
        "Weight averaging",
        "Validate and keep a moving average of the weights instead of the last weights. At 0.99 it covers "
        "about the last 100 batches; 0 turns it off.",
        low=0,
        high=0.9999,
        usual=(0.5, 0.999),
        if_low="it covers hardly more than the last batch",
        if_high="the average lags far behind the training",
        step=0.01,
    )
