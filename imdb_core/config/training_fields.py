"""The fields of RunConfig for batches, precision, what a run learns from, and where it is trained."""

from imdb_core.config.hyperparameter import hyperparameter
from imdb_core.config.optimisation_fields import OptimisationFields

STARTING = ("start_from",)  # the field for the weights to begin with
TEACHING = ("teacher", "teacher_share", "teacher_noise")  # the fields for learning from another network
DEVICES = "auto, cpu or gpu:N; gpu:N:M is a MIG device, part M of card N"


class TrainingFields(OptimisationFields):
    """The last part of RunConfig's fields."""

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
        of_labels=True,
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
        of_labels=True,
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
        of_labels=True,
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
        of_labels=True,
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
        of_labels=True,
    )
    start_from: str = hyperparameter(
        "",
        "Start from",
        "A trained language model. The word vectors begin with what it has learned from texts without "
        "labels, and so does an LSTM that reads them directly. Embedding size and memory units must be the "
        "same. Empty: random numbers.",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]{0,79})?$",
        format="empty, or the id of a run of a language model",
        of_labels=True,
        not_in_script="The script starts without a language model.",
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
