"""What a model does to given frames: one matrix, by several methods, and measures of it."""
