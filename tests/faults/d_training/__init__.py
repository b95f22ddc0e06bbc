"""Training: the loss diverges, there is no GPU, or settings make no sense.

Checks that each case is refused, or ends with a sentence, and that the last checkpoint is kept."""
