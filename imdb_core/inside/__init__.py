"""What happens inside a trained network: how its memory moves word by word, and why it judges as it does.

`recurrent` reads the first LSTM or GRU of an ONNX file. `steps` computes the gates, `trace` does so for one
typed text. `memory_map` makes the map of an epoch from validation texts (`plane`: axes and lines, `units`:
what each unit tells), and `map_files` stores it. `phrases` splits a verdict into phrases, `filters`
silences the filters of a convolution, `word_map` shows the word vectors. `integrated` computes integrated
gradients from `gradients`, which goes backwards through the operators (`operator_gradients`,
`recurrent_gradients`), `attention` reads the shares of attention. Computed with NumPy and ONNX Runtime,
without Keras. Called by the worker, the command `inside` and the panels of the page "Type a review".
"""
