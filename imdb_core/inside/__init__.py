"""What is inside a trained network: its memory word by word, and a map on which the memory moves.

`recurrent` reads the first LSTM or GRU of an ONNX file. `steps` computes the gates, `trace` does so for one
typed text. `memory_map` makes the map of an epoch from validation texts (`plane`: axes and lines, `units`:
what each unit tells), and `map_files` stores it. Computed with NumPy and ONNX Runtime, without Keras. Called
by the worker, the command `inside` and the panels of the page "Type a review".
"""
