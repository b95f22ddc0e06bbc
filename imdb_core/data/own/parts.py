"""The parts of a data set, as parts.npy stores them. Called by folders, opening, survey and store."""

TRAINING, TEST, UNLABELLED = 0, 1, 2
UNDECIDED = 3  # while a data set is read: training or test, decided at the end
