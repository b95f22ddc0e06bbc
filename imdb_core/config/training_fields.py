"""The fields of RunConfig that say how a network is trained."""

from imdb_core.config.hyperparameter import hyperparameter
from imdb_core.config.network_fields import NetworkFields

TEACHING = ("teacher", "teacher_share", "teacher_noise")  # the fields for learning from another network
DEVICES = "auto, cpu or gpu:N; gpu:N:M is a MIG device, part M of card N"


class TrainingFields(NetworkFields):
    """The last part of RunConfig's fields."""

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
    batch_size: int = hyperparameter(
        64,
        "Batch size",
        "How many texts the network reads before each weight change. Large batches need more memory.",
        low=1,
        high=2048,
        usual=(8, 512),
        if_low="an epoch takes very long",
        if_high="there are few weight changes in an epoch, so the network learns slowly",
        step=16,
        unit="texts",
        uses_memory=True,
        epoch_cost="by value",
    )
    batching: str = hyperparameter(
        "length_buckets",
        "Batching",
        "Batches of texts with similar length and compiled layers are several times faster. The tutorials "
        "instead pad all texts to full length and use Keras's own layers.",
        choices={"length_buckets": "similar lengths together", "padded": "all padded to full length"},
        epoch_cost="by value",
        not_in_script="The script pads all texts, as the tutorials do.",
    )
    precision: str = hyperparameter(
        "float32",
        "Precision",
        "mixed_bfloat16 computes with 16-bit numbers on a GPU, which is faster there. A CPU always computes "
        "with float32.",
        choices={name: name for name in ("float32", "mixed_bfloat16")},
        epoch_cost="by value",
    )
    validation_share: float = hyperparameter(
        0.1,
        "Validation share",
        "Share of the training texts, 0 to 1, that is not trained on. The epoch with the lowest loss on "
        "these texts is kept.",
        low=0.01,
        high=0.5,
        usual=(0.05, 0.3),
        if_low="the best epoch is chosen by few texts",
        if_high="many texts are lost for training",
        step=0.05,
        epoch_cost="by value",
    )
    labelled_texts: int = hyperparameter(
        0,
        "Labelled texts",
        "Learn from about this many labelled texts, drawn by the seed; at least one of each class. 0 means "
        "all. The validation texts stay the same. It shows what labels are worth.",
        low=0,
        high=10_000_000,
        usual=(20, 10_000_000),
        if_low="the network sees too few examples to learn from",
        step=500,
        unit="texts",
        epoch_cost="by value",
        not_in_script="The script learns from all training texts.",
    )
    patience: int = hyperparameter(
        0,
        "Early-stopping patience",
        "Training ends after this many epochs without a lower validation loss. 0 turns early stopping off.",
        low=0,
        high=50,
        usual=(1, 20),
        if_high="it will hardly ever stop a training",
        unit="epochs",
    )
    gradient_clipping: float = hyperparameter(
        0.0,
        "Gradient clipping",
        "Longer gradients are shortened to this length (global norm), which prevents sudden large weight "
        "changes. 0 means no limit.",
        low=0,
        high=100,
        usual=(0.1, 10),
        if_low="the weights hardly change",
        if_high="hardly any gradient is so long, so it changes nothing",
        step=0.5,
    )
    teacher: str = hyperparameter(
        "",
        "Teacher",
        "A trained network that labels the texts without labels of this data set. The new network learns "
        "from these answers, too, as probabilities. Empty: no teacher.",
        pattern=r"^((pretrained/)?[A-Za-z0-9][A-Za-z0-9_.-]{0,79})?$",
        format="empty, the id of a run, or pretrained/NAME",
        epoch_cost="zero or not",
        not_in_script="The script has no texts without labels.",
    )
    teacher_share: float = hyperparameter(
        1.0,
        "Taught share",
        "Share of the texts without labels, 0 to 1, that the teacher labels. More texts teach more and take "
        "longer. Needs a teacher.",
        low=0.01,
        high=1.0,
        usual=(0.05, 1.0),
        if_low="the teacher adds few texts",
        step=0.1,
        epoch_cost="by value",
        not_in_script="The script has no texts without labels.",
    )
    teacher_noise: float = hyperparameter(
        0.0,
        "Student noise",
        "Share of the words, 0 to 0.9, that is hidden in the texts that the teacher has labelled. The "
        "teacher reads them whole, so the student learns to judge from less. Needs a teacher.",
        low=0.0,
        high=0.9,
        usual=(0.0, 0.5),
        if_high="most of each text is hidden, so the network learns little",
        step=0.05,
        not_in_script="The script has no texts without labels.",
    )
    seed: int = hyperparameter(
        7,
        "Random seed",
        "Start of all random numbers. The same seed on the same machine gives the same run.",
        low=0,
        high=2**31 - 1,
        short="seed",
    )
    device: str = hyperparameter(
        "auto",
        "Device",
        "auto takes a free GPU, or waits until one is free. Without a GPU it takes the CPU.",
        pattern=r"^(auto|cpu|gpu:[0-9]{1,2}(:[0-9]{1,2})?)$",
        format=DEVICES,
        not_in_script="Keras chooses the device of the script.",
    )
    place: str = hyperparameter(
        "here",
        "Place",
        "Where the run is trained: here, or the name of a cluster in the settings file.",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$",
        format="here or a cluster's name: at most 40 letters, digits, dots, - and _",
        names_run=True,
    )
