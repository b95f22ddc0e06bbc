"""How long a run will take: from runs of the same shape, else scaled from the same network, else unknown."""

import pytest

from imdb_core import config as configs
from imdb_core.data import sources
from imdb_core.runs import cost, devices, journal, locks, store

CARD = devices.Gpu(0, "NVIDIA Test", 80 * 10**9, 0)
ONE_CORE = cost.Place("cpu", 1)


@pytest.fixture
def past():
    """past(seconds, ...): a finished run of 3 epochs whose median epoch took so long, validation included."""

    def make(seconds, network="lstm", *, device="cpu", threads=1, started=True, **values):
        run = store.create(configs.preset(network, epochs=3, **values), store.new_id())
        if started:
            store.record(run.folder, "started", pid=1, process_started=0.0, device=device, threads=threads)
        for epoch, extra in ((1, 50.0), (2, 0.0), (3, -0.5)):  # the first epoch includes Keras's preparations
            row = {"kind": "epoch", "epoch": epoch, "step": 9, "steps": 9, "loss": 0.5, "accuracy": 0.7}
            row |= {
                "val_loss": 0.5,
                "val_accuracy": 0.7,
                "seconds": seconds + extra - 1,
                "validation_seconds": 1.0,
            }
            journal.append(run.folder / "metrics.jsonl", row)
        store.record(run.folder, "finished", test_accuracy=0.7, test_reviews=100)
        return store.read(run.folder)

    return make


def estimated(network="lstm", place=ONE_CORE, **values):
    return cost.estimate(configs.preset(network, **values), store.runs(), place)


def test_without_runs_nothing_is_estimated(past):
    assert estimated() == cost.Estimate(None, "it shows after the first epoch")


def test_the_median_of_runs_of_the_same_shape_is_given_with_their_number(past):
    past(20)
    assert estimated() == cost.Estimate(20, "from 1 run of this shape")
    past(90)
    past(30)
    assert estimated() == cost.Estimate(30, "from 3 runs of this shape")


@pytest.mark.parametrize(
    "network, values",
    [
        ("lstm", {"vocabulary_size": 999}),
        (
            "lstm",
            {
                "epochs": 9,
                "learning_rate": 0.5,
                "optimizer": "sgd",
                "patience": 2,
                "seed": 3,
                "gradient_clipping": 1.0,
            },
        ),
        ("lstm_recurrent_dropout", {"recurrent_dropout": 0.5, "dropout": 0.7}),
    ],
)
def test_settings_that_do_not_change_the_computation_keep_the_shape(past, network, values):
    past(20, network)
    assert estimated(network, **values).basis == "from 1 run of this shape"


@pytest.mark.parametrize(
    "network, values",
    [
        ("lstm", {"review_length": 400}),
        ("lstm", {"units": 99}),
        ("lstm", {"embedding_size": 33}),
        ("lstm", {"batch_size": 65}),
        ("lstm", {"batching": "padded"}),
        ("lstm", {"dataset": "demo"}),
        ("lstm", {"validation_share": 0.5}),
        ("cnn_lstm", {"filters": 33}),
        ("cnn_lstm", {"kernel_size": 4}),
        ("cnn_lstm", {"pool_size": 3}),
        ("lstm_recurrent_dropout", {"recurrent_dropout": 0.0}),
        ("lstm", {"place": cost.Place("cpu", 2)}),
    ],
)
def test_settings_that_change_the_computation_get_a_rough_estimate(past, network, values):
    past(20, network)
    assert estimated(network, **values).basis == "roughly, scaled from 1 run of this network"


def test_the_quickest_network_on_a_new_data_set_is_estimated_from_runs_of_any(past):
    size = {"texts": 2_000, "mean_words": 30}
    assert cost.quickest([], [], **size) is None
    past(20)
    network, seconds = cost.quickest(store.runs(), [], **size)
    assert network == "lstm" and seconds == pytest.approx(20 * 2_000 * 30 / (25_000 * 239))
    past(2, "cnn_lstm_dense")
    assert cost.quickest(store.runs(), [], **size)[0] == "cnn_lstm_dense"


def test_another_network_or_kind_of_device_gives_no_estimate(past):
    past(20, "cnn_lstm")
    past(2, "lstm", device="gpu:0")
    assert estimated("lstm").seconds is None
    assert estimated("lstm", place=cost.Place("gpu", 1)).seconds == 2


def test_a_rough_estimate_is_proportional_to_the_computation(past):
    past(20, batching="padded", review_length=500)
    assert estimated(batching="padded", review_length=250).seconds == pytest.approx(10, rel=0.01)
    assert estimated(batching="padded", review_length=1000).seconds == pytest.approx(40, rel=0.01)
    lstm = 4 * 64 * (32 + 64 + 1) / (4 * 100 * (32 + 100 + 1))  # the parameters used at every word
    assert estimated(batching="padded", units=64).seconds == pytest.approx(20 * lstm, rel=0.01)
    assert estimated(batching="padded", dataset="demo").seconds == pytest.approx(20 * 4 / 25, rel=0.01)


def test_length_buckets_compute_no_more_than_the_reviews_hold(past):
    past(20, review_length=500)
    assert estimated(review_length=1000).seconds == pytest.approx(20, rel=0.001)
    assert estimated(review_length=100).seconds == pytest.approx(
        20 * 100 / sources.get("imdb").mean_words, rel=0.01
    )


def test_a_rough_estimate_prefers_runs_on_as_many_threads(past):
    past(20, threads=2, batching="padded")
    past(30, threads=1, batching="padded")
    assert estimated(
        batching="padded", review_length=250, place=cost.Place("cpu", 2)
    ).seconds == pytest.approx(10, rel=0.01)


def test_pooling_shortens_the_sequence_that_the_lstm_reads():
    narrow, wide = (
        cost.operations(configs.preset("cnn_lstm", batching="padded", pool_size=size)) for size in (1, 10)
    )
    convolution, lstm = 32 * (3 * 32 + 1), 4 * 100 * (32 + 100 + 1)
    assert narrow == pytest.approx(25_000 * 500 * (convolution + lstm), rel=0.001)
    assert wide == pytest.approx(25_000 * 500 * (convolution + lstm / 10), rel=0.001)


@pytest.mark.parametrize("network, times", [("lstm", 2), ("nb_ngram", 1)])
def test_an_adversarial_epoch_takes_twice_as_long_unless_a_network_has_no_word_vectors(network, times):
    usual, adversarial = (
        cost.operations(configs.preset(network).changed(adversarial_change=share)) for share in (0, 0.02)
    )
    assert adversarial == pytest.approx(times * usual)


def test_runs_without_an_epoch_a_start_or_a_sound_folder_do_not_count(past, tiny):
    past(20, started=False)
    begun = store.create(configs.preset("lstm"), store.new_id())
    store.record(begun.folder, "started", pid=1, process_started=0.0, device="cpu", threads=1)
    damaged = past(30)
    (damaged.folder / "events.jsonl").write_text("")
    assert estimated().seconds is None


def test_a_run_that_starts_alone_gets_all_cores_else_one(past):
    config = configs.preset("lstm")
    assert cost.place_now(config, [past(20)], []) == cost.Place("cpu", devices.cpu_cores())
    assert cost.place_now(config, [store.create(config, store.new_id())], []) == ONE_CORE
    training = past(20)
    store.record(training.folder, "queued", resumed=True)
    lock = locks.hold(training.folder / "run.lock")
    assert cost.place_now(config, [store.read(training.folder)], []) == ONE_CORE
    lock.release()


@pytest.mark.parametrize(
    "device, cards, kind",
    [("auto", [], "cpu"), ("auto", [CARD], "gpu"), ("cpu", [CARD], "cpu"), ("gpu:1", [], "gpu")],
)
def test_auto_means_a_gpu_where_there_is_one(device, cards, kind):
    assert cost.place_now(configs.preset("lstm", device=device), [], cards).kind == kind


@pytest.mark.parametrize(
    "network, values, cards, sentence",
    [
        ("lstm", {}, [CARD], "applies on the NVIDIA Test."),
        ("lstm", {}, [], "does not apply: there is no NVIDIA GPU here."),
        ("lstm", {"device": "cpu"}, [CARD], "does not apply: the run asks for the CPU."),
        ("lstm_recurrent_dropout", {}, [CARD], "does not apply: recurrent dropout rules it out."),
        (
            "lstm_recurrent_dropout",
            {},
            [],
            "there is no NVIDIA GPU here, and recurrent dropout rules it out.",
        ),
        ("lstm_recurrent_dropout", {"recurrent_dropout": 0.0}, [CARD], "applies on the NVIDIA Test."),
    ],
)
def test_whether_the_fast_gpu_kernel_applies_is_shown_with_the_reason(network, values, cards, sentence):
    assert cost.fast_kernel(configs.preset(network, **values), cards).endswith(sentence)


def test_a_network_without_an_lstm_needs_no_fast_kernel():
    assert "does not matter" in cost.fast_kernel(configs.preset("text_cnn"), [CARD])
