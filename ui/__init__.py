"""What the pages share: sentences, colours, charts, widgets. These modules show results and compute none."""
