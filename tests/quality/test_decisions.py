"""A data set is checked, texts are excluded and kept, and the reports are deleted with the data set."""

import json

import pytest

from imdb_core.commands import parser
from imdb_core.data.own import store
from imdb_core.errors import ConfigError, DataError
from imdb_core.quality import check, content, decisions, material, reports


def test_a_data_set_is_checked_worked_through_and_deleted(name):
    texts = material.material(name)
    assert len(texts.train) == 60 and texts.classes == ("bad", "good")
    material.made_folder(name)
    reports.write(reports.texts_file(name), content.report(texts, lambda share: None))
    report = reports.texts(name, material.fingerprint(name))
    assert (report.repeated, report.in_training, report.with_other_labels) == (2, 1, 1)
    repeated = [index for copies in report.copies for index in decisions.repeated(copies, ())]
    capitals = [number for number in range(60) if texts.train.texts[number].isupper()]
    assert sorted(repeated) == sorted([1, *texts.train.numbers[capitals].tolist()])

    decisions.exclude(name, repeated, decisions.DUPLICATE)
    assert store.excluded(name) == dict.fromkeys(repeated, "duplicate")
    assert len(material.material(name).train) == 58
    assert reports.texts(name, material.fingerprint(name)) == report, (
        "the list stays while it is worked through"
    )
    assert decisions.repeated(report.copies[-1], store.excluded(name)) == []
    decisions.include(name, repeated)
    assert store.excluded(name) == {}

    store.delete(name)
    assert not material.folder(name).exists() and material.fingerprint(name) is None


def test_a_label_that_was_found_right_is_not_listed_again(name):
    found = reports.LabelReport(
        format=1,
        fingerprint=material.fingerprint(name),
        method="counting",
        folds=5,
        texts=60,
        agreement=0.9,
        wrong=2.0,
        doubted=2,
        doubts=tuple(reports.Doubt(index, 0, 1, 0.1, 0.9) for index in (7, 9)),
        seconds=1.0,
        when="2026-11-29T20:00:00+00:00",
    )
    decisions.mark_right(name, 7)
    decisions.exclude(name, [9], decisions.LABEL)
    assert decisions.decided(name) == {7, 9} and decisions.open_doubts(found, {7, 9}) == []
    decisions.forget_right(name, [7])
    with open(material.folder(name) / decisions.LOOKED_AT, "ab") as file:
        file.write(b'{"index": 3, "rig')  # the power failed
    decisions.mark_right(name, 11)
    assert decisions.decided(name) == {9, 11}
    assert [doubt.index for doubt in decisions.open_doubts(found, {9, 11})] == [7]


def test_a_check_is_refused_with_a_reason(name):
    with pytest.raises(ConfigError, match="folds is 1; it must be between 2 and 10"):
        check.start_network(name, "cnn_lstm", folds=1)
    with pytest.raises(DataError, match="'own-00000000' are not on this machine"):
        check.start("own-00000000")
    job = check.job(name)
    assert not job.is_running() and job.progress() is None and job.failure() is None


def test_a_check_that_is_stopped_at_once_writes_no_report(name, wait_until):
    check.start(name)
    check.job(name).stop()
    wait_until(lambda: not check.job(name).is_running(), 120)
    assert check.job(name).failure() is None and check.job(name).progress() is None
    assert check.job(name).log.read_text("utf-8").endswith("The check was stopped.\n")
    assert reports.texts(name, material.fingerprint(name)) is None


def test_texts_that_changed_during_a_check_of_a_network_are_noticed(name):
    texts = material.material(name)
    assert len(material.reviews_of(texts, "unicode_words")) == 60
    decisions.exclude(name, [3], decisions.LABEL)
    with pytest.raises(DataError, match="59 training texts now, not 60"):
        material.reviews_of(texts, "unicode_words")


def test_a_check_runs_in_a_process_of_its_own_and_the_command_prints_its_reports(name, wait_until, capsys):
    check.job(name).stop()  # nothing runs, so this asks nothing of the next check
    check.start(name)
    assert check.job(name).is_running()
    wait_until(lambda: not check.job(name).is_running(), 120)
    assert check.job(name).failure() is None
    key, flipped = material.fingerprint(name), int(material.material(name).train.numbers[7])
    found, texts = reports.labels(name, reports.COUNTING, key), reports.texts(name, key)
    assert found.doubts[0].index == flipped and texts.repeated == 2

    assert parser.run(["check", name, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["labels"]["doubts"][0]["index"] == flipped and document["texts"]["repeated"] == 2
    decisions.exclude(name, [flipped], decisions.LABEL)
    assert parser.run(["check", name]) == 0
    printed = capsys.readouterr().out
    assert "a fine meal number 7" not in printed and "2 training texts repeat an earlier one" in printed
