"""Each text is judged by a network that has not learned from it, and a finished fold is not trained again."""

import numpy as np
import pytest

from imdb_core import config as configs
from imdb_core.data.reviews import Reviews
from imdb_core.training import out_of_fold

REVIEWS = Reviews.from_lists([[1, 4 + number] for number in range(40)], np.arange(40) % 2)


def judge_that_fails_at(call, judged):
    """In place of a training: gives each text its first word as its share, and fails at the call `call`."""

    def judge(learned, texts, config, *, device, on_batch):
        assert len(learned) + len(texts) == 40 and not {*learned.ids[1::2]} & {*texts.ids[1::2]}
        on_batch({"epoch": 1, "step": 1, "steps": 2})
        judged.append(texts)
        if len(judged) == call:
            raise KeyboardInterrupt
        second = texts.ids[1::2] / 100
        return np.stack([1 - second, second], axis=1).astype(np.float32)

    return judge


def test_a_computation_that_was_ended_goes_on_with_the_next_fold(tmp_path, monkeypatch):
    config, judged, shares_done = configs.preset("cnn_lstm", dataset="demo", epochs=2), [], []

    def compute(config, call):
        monkeypatch.setattr(out_of_fold, "judged_by_others", judge_that_fails_at(call, judged))
        return out_of_fold.out_of_fold_shares(
            REVIEWS,
            config,
            identity="made",
            number=4,
            place=tmp_path,
            device="cpu",
            progress=shares_done.append,
        )

    with pytest.raises(KeyboardInterrupt):
        compute(config, call=3)
    assert len(judged) == 3
    shares = compute(config, call=0)
    assert len(judged) == 3 + 2, "two folds were finished before"
    assert shares[:, 1] == pytest.approx((4 + np.arange(40)) / 100)
    assert shares_done[0] == pytest.approx(0.5 / 2 / 4) and shares_done[-1] == 1.0

    compute(config.model_copy(update={"epochs": 3}), call=0)
    assert len(judged) == 5 + 4, "other values train other networks"
