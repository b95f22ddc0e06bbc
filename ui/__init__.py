"""What pages share: words and colours, charts, widgets and small components. Shows; never computes."""
