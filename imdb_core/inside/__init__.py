"""What happens inside a trained network: how its memory moves word by word, and how its phrases add up.

`recurrent` reads the first recurrent layer of an ONNX file. `steps` computes the gates, `trace` does so for
one typed text. `memory_map` makes the map of an epoch from validation texts (`plane`: axes and lines,
`units`: what each unit tells), and `map_files` stores it. `phrases` splits a verdict into phrases, `filters`
silences the filters of a convolution, `word_map` shows the word vectors. `learning` holds the sizes of an
epoch's weights and gradients. Computed with NumPy and ONNX Runtime, without Keras. Called by the worker, the
command `inside` and the panels of the pages "Type a review" and "Watch a run".
"""
