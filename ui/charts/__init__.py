"""The plotly figures by what they show. Each comes with one line of text for people who cannot see it."""
