"""The training of a language model: the stages of course, with other texts and files. Called by worker."""

from functools import partial
from typing import Any

from imdb_core.arrays import packed
from imdb_core.files import write_atomically
from imdb_core.runs import layout, provenance
from imdb_core.scoring import language_models
from imdb_core.training import checkpoints
from imdb_core.training.course import Course
from imdb_core.training.next_words import NextWordTask
from imdb_core.training.task import Task
from imdb_core.training.word_material import WordMaterial

PROBE_WORDS, PROBE_TEMPERATURE = 25, 0.8  # how far, and how freely, the probe texts are continued


class WordCourse(Course):
    """One training of a language model. It is not tested, and it writes no model that judges texts."""

    texts: WordMaterial
    without_export = None  # nothing needs TensorFlow

    def load(self) -> None:
        """Load the texts and build the network, on the CPU if the chosen device cannot be used."""
        self.recorder.phase("loading_texts")
        self.texts = WordMaterial.load(self.config)
        facts = self.texts.facts()
        provenance.require_same_reviews(self.run, facts)
        self.recorder.phase("starting_keras", **facts)
        self.model = self.start_keras()
        self.texts.vocabulary.save(self.run.folder / layout.VOCABULARY)

    def task(self) -> Task:
        return NextWordTask(self.texts.train, self.texts.validation, self.config)

    def before_first_epoch(self) -> None:
        """Nothing: all weights start at random."""

    def forget_after(self, epoch: int) -> None:
        """Nothing: an epoch has no files besides its checkpoint."""

    def epoch_extras(self, epoch: int, *, resumed: bool = False) -> None:
        """Continue the probe texts, so that the page shows what the model has learned."""
        if self.config.probe_reviews and not (resumed and self._has(epoch, "texts")):
            self.recorder.extras.attempt("continuations", partial(self._continue_probes, epoch), epoch=epoch)

    def export(self) -> None:
        """Write the weights of the best epoch; `model` has them afterwards."""
        checkpoints.restore_weights(self._checkpoints, self.model, self.progress.best_epoch)
        content = packed(checkpoints.weights(self.model))
        self.recorder.extras.attempt(
            "weights", lambda: write_atomically(self.run.folder / layout.WEIGHTS, content)
        )

    def _continue_probes(self, epoch: int) -> None:
        weights = checkpoints.weights(self.model)
        model = language_models.made_of(self.config, self.texts.vocabulary, weights)
        texts = [
            model.continued(text, words=PROBE_WORDS, temperature=PROBE_TEMPERATURE, seed=self.config.seed)
            for text in self.config.probe_reviews
        ]
        self.recorder.write({"kind": "continued", "epoch": epoch, "texts": texts})

    def evaluate(self) -> dict[str, Any]:
        """The run's final figures: the test texts are not read."""
        return {"best_epoch": self.progress.best_epoch, "early": self._ended_early}
