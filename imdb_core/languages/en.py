"""English, the complete catalogue: code -> sentence, with the names of values in braces."""

SENTENCES = {
    # Phases of a training
    "starting": "starting",
    "loading_texts": "loading the texts",
    "asking_teacher": "asking the teacher",
    "starting_keras": "starting Keras",
    "first_batches": "preparing the first batches",
    "training": "training",
    "evaluating": "evaluating on the test texts",
    "not_responding": "not responding for {duration} (it may be paused or stuck; Stop ends it)",
    # A run whose worker may or may not live
    "unreachable": "unreachable",
    "other_machine_silent": (
        "The run is trained on {host}; for {duration} this machine has seen no sign of life from there. "
        "Its state shows again when {host} writes to the run's folder."
    ),
    "place_gone": (
        "The run was started at {place}, which the settings file no longer names, so it is not known whether "
        "it goes on. Put the place back into the settings file."
    ),
    "cluster_unreachable": (
        "{place} has not answered for {duration}, so it is not known whether the run goes on: {reason} "
        "Its state shows again when the cluster answers."
    ),
    "job_unknown": (
        "{place} does not know the run's job any more, and the run has shown no sign of life for "
        "{duration}. If that lasts, the run goes on after its last epoch."
    ),
    # Notices: the training goes on
    "no_gpu": "The run asks for {device}, but the driver shows no GPU; training on the CPU instead.",
    "no_such_gpu": "The run asks for {device}, but the driver shows {present}; training on the CPU instead.",
    "gpu_hidden": (
        "This machine has {device} ({card}), but {variable} hides it; training on the CPU instead."
    ),
    "tensorflow_without_cuda": (
        "This machine has {device} ({card}), but tensorflow cannot use it "
        '(pip install "tensorflow[and-cuda]", see README); training on the CPU instead.'
    ),
    "backend_without_cuda": (
        "This machine has {device} ({card}), but {backend} cannot use it "
        "(install its CUDA build, see README); training on the CPU instead."
    ),
    "no_tensorflow": (
        "TensorFlow, which writes the model for the text box, is not installed. "
        "Install it, then resume the run."
    ),
    # Failures
    "reviews_unusable": "{text}",
    "diverged": (
        "The loss became {loss} in epoch {epoch}, step {step} of {steps}: training has diverged. "
        "Try a learning rate below {learning_rate:g} or gradient clipping at 1."
    ),
    "disk_failed": "{problem}: {path}. Free disk space or correct the cause, then resume the run.",
    "out_of_memory": "Out of memory. Make {settings} smaller.",
    "folder_damaged": "The run's folder is damaged: {text}",
    "user_error": "{text}",
    "unexpected": "Unexpected {kind}: {text} (worker.log has the details).",
    "never_recorded": (
        "The training process was started {starts} times, but never recorded its start; "
        "its log may say why. Resume the run to try again."
    ),
    "not_started": (
        "The training process could not be started: {reason}. Correct the cause, then resume the run."
    ),
    "waits_for_correction": (
        "The run cannot be started: {reason}. "
        "Correct the cause; then the run starts when a page or command lists the runs."
    ),
    "waits_for_run": "The run learns from {name}. It waits until {name} has been trained.",
    "waits_for_interrupted_run": (
        "The run learns from {name}, which was interrupted. Resume or delete {name}."
    ),
    "waits_for_refused_run": "The run learns from {name}, which cannot be started: {reason}",
    "waits_for_place": (
        "The run waits for its place: {reason}. It starts by itself when the place can be used."
    ),
    "exited_at_start": "The training process failed to start (exit code {exit_code}); its log says why.",
    # Stops and interruptions
    "pruned_by_median": (
        "Ended early by its sweep: after epoch {epoch} the median of the other runs was better."
    ),
    "not_in_best_third": (
        "Ended early by its sweep: after epoch {epoch} it was not among the best third of the runs."
    ),
    "sweep_hours_spent": "Ended by its sweep after epoch {epoch}: the sweep has used its hours of training.",
    "sweep_data_set_gone": "The sweep stopped: the data set {dataset} was deleted.",
    "sweep_runs_failed": (
        "The sweep stopped: its last {count} settings failed. The run {run} says why. "
        "Correct the cause, then go on with the sweep."
    ),
    "stopped_without_epoch": "Stopped by the user; no epoch was finished.",
    "stopped_with_epoch": "Stopped by the user; the epoch with the lowest validation loss so far is kept.",
    "taken_from_queue": "Taken from the queue before it started.",
    "ended_by_force": "Ended by force; the last saved epoch is kept.",
    "killed": (
        "The training process was killed by signal 9 (SIGKILL), often because memory ran out ({settings}). "
        "Resume it from its last epoch, or train again with smaller values."
    ),
    "ended_by": (
        "The training process was ended by {cause}; its log may say why. Resume it from its last epoch."
    ),
    "given_up": "Given up: {host} could not be reached. Resume the run from its last epoch.",
    "ended_silently": "The training process ended without notice. Resume it from its last epoch.",
    "node_died": (
        "The machine of {place} that trained the run has died or left the cluster. "
        "The run goes on after its last epoch."
    ),
    "cluster_forgot": (
        "{place} was started anew and has lost its jobs. The run goes on after its last epoch."
    ),
    "pending_too_long": (
        "{place} had no free machine for the run for too long, so Ray has dropped its job. "
        "It is submitted again when a machine is free."
    ),
    "job_lost": "{place} has lost the run's job: {reason}. The run goes on after its last epoch.",
    "already_trained": "A worker of {place} found that another worker trains the run already, and ended.",
    "node_out_of_memory": (
        "The machine of {place} ran out of memory, so Ray ended the run ({settings}). "
        "Resume it from its last epoch, or train again with smaller values."
    ),
    "job_stopped": "The run's job at {place} was stopped. Resume the run from its last epoch.",
    "job_exited": (
        "The training process at {place} ended with exit code {exit_code}: {reason}. "
        "`python -m imdb_core places` with the place's name says what is missing there."
    ),
    "job_failed": (
        "{place} could not run the job: {reason}. "
        "`python -m imdb_core places` with the place's name says what is missing there."
    ),
    # Extras that failed
    "extra_failed": "{failure}: {reason}. No epoch was lost.",
    "extra_failed_since": "{failure}, from epoch {epoch} on: {reason}. No epoch was lost.",
    "extra_probes": "The probe texts were not scored",
    "extra_continuations": "The probe texts were not continued",
    "extra_weights": "The weights of the best epoch were not written beside its checkpoint",
    "extra_pruning": "The sweep could not judge the run, which goes on",
    "extra_epoch-model": "The model of an epoch was not written",
    "extra_inside": "The map of what the memory holds was not made",
    "extra_learning": "The sizes of weights and gradients were not measured",
    "extra_log": "The log was not shortened",
    "extra_output": "The log was not written",
    "extra_memory": "The memory in use was not measured",
    "extra_model": "The model for the text box was not written, so this run cannot score texts",
    "extra_predictions": (
        "The predictions on single texts were not written, so this run cannot be inspected or compared"
    ),
    "extra_balance": "The figures for uneven classes were not computed",
    "unknown_extra": "An extra ({extra}) failed",
    # Changes between the parts of a resumed training
    "resumed_differently": (
        "After epoch {epoch} the run was resumed with {changes}, so its figures may differ slightly."
    ),
    "change": "{name} {now} instead of {before}",
    # Reasons, without a full stop, for the middle or the end of a sentence (see errors.reason)
    "text": "{text}",
    "file_error": "{problem}: {path}",
    "memory_error": "out of memory",
    "exception": "{kind}: {text}",
}
