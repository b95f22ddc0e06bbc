"""The plotly figures, one module per subject. Each has a line of text for people who cannot see it."""

PLOTLY_ROUTE = "plotly"  # where ui.server mounts plotly's files, below the base address of the app
