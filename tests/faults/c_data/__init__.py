"""Data and network: the reviews cannot be downloaded, are damaged or are prepared in another way.

Checks that no bad file is accepted, and that typed text is prepared as the training reviews were."""
