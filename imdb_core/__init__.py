"""Train, watch, score and compare small networks that judge film reviews.

Nothing in this package imports Streamlit, and nothing a page imports loads Keras: only `training` does, inside the worker's
own process (docs/DESIGN.md).
"""
