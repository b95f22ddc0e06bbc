"""What happens inside a trained network: how its memory moves word by word, and why it judges as it does.

`recurrent` reads the first recurrent layer of an ONNX file. `steps` computes the gates, `trace` does so for
one typed text. `memory_map` makes the map of an epoch from validation texts (`plane`: axes and lines,
`units`: what each unit tells). `phrases` splits a verdict into phrases, `filters` silences the filters of a
convolution, `filter_phrases` holds what excites them. `word_map` shows the word vectors, `word_stages` also
the vectors before training. `integrated` computes integrated gradients from `gradients`, which goes backwards
through the operators (`operator_gradients`, `recurrent_gradients`), `attention` reads the shares of
attention. `learning` holds the sizes of an epoch's weights and gradients. `stored` writes and reads the files
of an epoch. Computed with NumPy and ONNX Runtime, without Keras. Called by the worker, the command `inside`
and the panels of the pages "Type a review" and "Watch a run".
"""
