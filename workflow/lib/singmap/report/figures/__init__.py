"""The figures: arrays and tables in, a Matplotlib figure out."""
