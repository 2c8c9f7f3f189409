"""The short-time Fourier transform and the cache of magnitude spectra."""
