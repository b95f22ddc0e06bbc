"""Many visitors at once, and models that are switched, replaced and deleted while visitors type."""

import asyncio
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil

from imdb_core import paths
from imdb_core.errors import ModelError
from imdb_core.runs import layout, store
from imdb_core.scoring import explanations, model_files, predictor
from tests.faults.rows import Outcome, row
from tests.faults.support.figures import percentile
from tests.faults.support.sample_runs import trained_copy
from tests.faults.support.scored_texts import MODEL, pretrained
from tests.faults.support.server import Visitor, serving
from tests.faults.support.waiting import run_coroutine


def _texts(count):
    """Text -> probability for `count` different reviews, scored one after the other."""
    words = ("superb", "boring", "film", "moving", "dull", "great", "awful", "story", "wonderful", "worst")
    texts = [
        f"{words[i % 10]} {words[i // 10 % 10]} {words[i // 100 % 10]} film {words[i // 7 % 10]}"
        for i in range(count)
    ]
    return {text: pretrained().score(text).probability for text in texts}


@row(
    "E4",
    "25 visitors type without pause",
    "p95 <= 500 ms, 0 answers to another visitor's text",
    alone=True,
    breaks=("one answer for all",),
)
def rapid_typing(place, patch, broken):
    expected = _texts(200)
    if broken:
        patch.setattr(
            predictor.Predictor,
            "score",
            lambda self, text, shared={}: shared.setdefault(0, _score(self, text)),
        )
    sessions, texts = (3, 20) if broken else (25, 200)
    with ThreadPoolExecutor(sessions) as pool:
        sessions_answers = list(
            pool.map(lambda number: _typed(list(expected)[:texts], number, pretrained), range(sessions))
        )
    wrong = sum(answer != expected[text] for answers in sessions_answers for text, answer, _ in answers)
    seconds = [duration for answers in sessions_answers for *_, duration in answers]
    with_pages, page_seconds = (0, [0.0]) if broken else _on_pages(place, expected)
    p95, page_p95 = percentile(seconds, 0.95), percentile(page_seconds, 0.95)
    figure = f"{sessions} x {texts} scored in threads: {wrong} wrong, p95 {1000 * p95:.0f} ms; "
    figure += f"5 real tabs x 8: {with_pages} wrong, p95 {1000 * page_p95:.0f} ms"
    return Outcome(
        figure,
        not wrong
        and not with_pages
        and max(percentile(seconds, 0.95), percentile(page_seconds, 0.95)) <= 0.5,
    )


_score = predictor.Predictor.score


def _typed(texts, number, model):
    """(text, answer, seconds) for each text; each session has its own order."""
    answers = []
    for place in range(len(texts)):
        text, started = texts[(place * 7 + number * 13) % len(texts)], time.monotonic()
        answers.append((text, model().score(text).probability, time.monotonic() - started))
    return answers


def _on_pages(place, expected):
    """(number of wrong answers, seconds) of five tabs of a real server that type at the same time."""

    async def tab(server, number):
        visitor = await Visitor(server, model=f"pretrained/{MODEL}").open()
        wrong = 0
        for text in list(expected)[number * 8 : number * 8 + 8]:
            await asyncio.sleep(0.15)  # the text box waits as long after a key
            await visitor.type(text)
            wrong += abs(visitor.parts("verdict_meter")[0]["share"] - expected[text]) > 1e-6
        await visitor.close()
        return wrong, visitor.seconds[2:]

    async def all_tabs(server):
        return await asyncio.gather(*(tab(server, number) for number in range(5)))

    with serving(place) as server:
        results = run_coroutine(all_tabs(server))
    return sum(wrong for wrong, _ in results), [second for _, seconds in results for second in seconds]


@row(
    "E5",
    "ten visitors use two networks at once",
    "0 of 500 answers from the other network",
    breaks=("one network for all",),
)
def two_models(place, patch, broken):
    names = (MODEL, "cnn_lstm")
    texts = list(_texts(50))
    expected = {name: {text: pretrained(name).score(text).probability for text in texts} for name in names}
    load, shared = predictor.load, {}
    if broken:
        patch.setattr(predictor, "load", lambda folder: shared.setdefault(0, load(folder)))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: (n, _typed(texts, n, lambda: pretrained(names[n % 2]))), range(10)))
    crossed = sum(
        answer != expected[names[number % 2]][text] for number, typed in answers for text, answer, _ in typed
    )
    return Outcome(f"{crossed} of {10 * len(texts)} crossed", crossed == 0)


@row(
    "E6",
    "models are switched a hundred times",
    "at most 20 MiB more memory at the end than at half time",
    breaks=("all are kept",),
)
def switching_models(place, patch, broken):
    most = predictor.MODELS_IN_MEMORY
    if broken:
        patch.setattr(predictor.loaded_models, "limit", 10**6)
    switches = 60 if broken else 100
    folders = [trained_copy(("lstm", MODEL)[number % 2]).folder for number in range(20)]
    process, memory = psutil.Process(), []
    for number in range(switches):
        folder = folders[number % 20]
        (folder / layout.MODEL_FACTS).touch()  # as if it had been trained again
        network = predictor.load(folder)
        explanations.running_score(network, network.read("a fine film that I liked"))
        memory.append(process.memory_info().rss / 2**20)
    half = len(memory) // 2
    first, last = sum(memory[half - 10 : half]) / 10, sum(memory[-10:]) / 10
    kept = len(predictor.loaded_models)
    figure = (
        f"{switches} switches: {first:.0f} MiB before the half, {last:.0f} MiB at the end, {kept} models kept"
    )
    predictor.loaded_models.clear()
    return Outcome(figure, last - first <= 20 and kept <= most)


@row(
    "E8",
    "a run is deleted or its model replaced while it scores",
    "0 answers from mixed files",
    breaks=("files one by one",),
)
def replaced_while_used(place, patch, broken):
    run = trained_copy(MODEL)
    text = "a superb film that I liked"
    allowed = {pretrained(name).score(text).probability for name in (MODEL, "lstm")}
    if broken:
        patch.setattr(model_files, "checked", lambda folder, name, *_: (folder / name).read_bytes())
        patch.setattr(predictor, "load", predictor.Predictor)
    answers, stop = [], threading.Event()
    readers = [
        threading.Thread(target=_keep_scoring, args=(run.folder, text, answers, stop)) for _ in range(3)
    ]
    for reader in readers:
        reader.start()
    for number in range(5 if broken else 20):
        _replace(run.folder, paths.PRETRAINED / ("lstm", MODEL)[number % 2])
    store.delete(run)
    time.sleep(0.2)
    stop.set()
    for reader in readers:
        reader.join()
    mixed = [answer for answer in answers if answer not in allowed and not isinstance(answer, ModelError)]
    refused = sum(isinstance(answer, ModelError) for answer in answers)
    return Outcome(
        f"{len(mixed)} of {len(answers)} mixed, {refused} refused {mixed[:1] or ''}".strip(),
        not mixed and len(answers) > refused > 0,
    )


def _keep_scoring(folder, text, answers, stop) -> None:
    while not stop.is_set():
        try:
            answers.append(predictor.load(folder).score(text).probability)
        except Exception as error:  # noqa: BLE001 - every exception is counted
            answers.append(error)


def _replace(folder, source) -> None:
    """Replace the files as a training does, model.json last; slowly, so that readers see the steps."""
    for name in (layout.CONFIG, layout.VOCABULARY, layout.MODEL, layout.MODEL_FACTS):
        temporary = folder / f".{name}.new"
        shutil.copyfile(source / name, temporary)
        temporary.replace(folder / name)
        time.sleep(0.02)
