"""From a model, or an oracle that knows the truth, to separated audio."""
