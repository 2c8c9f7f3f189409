"""From spectra to the weights of a trained model."""
