"""How often 95 % intervals hold the truth when tracks and seeds are few: seeds resampled, or counted by t.

Made-up studies with normal values whose truth is zero; the standard deviation over tracks is 1. Prints one
row per size of study: the share of intervals that hold zero, which should be 0.95.

    python benchmarks/coverage_intervals.py --studies 1000
"""

import argparse
import itertools

import numpy as np

from singmap.scoring.inference import bootstrap_medians, interval

SAMPLES = 2000
SIZES = [(6, 3), (10, 3), (25, 3), (25, 5)]
SPREADS = [(0.0, 0.0), (0.2, 0.5), (1.0, 0.5), (5.0, 0.5)]  # between seeds; within, over their tracks


def model(
    generator: np.random.Generator, n_tracks: int, n_seeds: int, seeds: float, noise: float
) -> np.ndarray:
    """Values (n_seeds, n_tracks) without what the tracks add."""
    of_seeds = generator.normal(scale=seeds, size=(n_seeds, 1))
    return of_seeds + generator.normal(scale=noise, size=(n_seeds, n_tracks))


def resampled(models: list[np.ndarray], generator: np.random.Generator) -> np.ndarray:
    """Medians over tracks where seeds are drawn with replacement as tracks are."""
    signs, total = (1, -1), np.zeros((SAMPLES, models[0].shape[1]))
    for sign, values in zip(signs, models, strict=False):
        n = len(values)
        total += sign * generator.multinomial(n, np.full(n, 1 / n), size=SAMPLES) / n @ values
    tracks = generator.integers(total.shape[1], size=total.shape)
    return np.median(np.take_along_axis(total, tracks, axis=1), axis=1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--studies", type=int, default=500)
    options = parser.parse_args()
    print("models tracks seeds | between seeds, noise | seeds resampled | by Student's t")
    for n_models, (n_tracks, n_seeds), spread in itertools.product((1, 2), SIZES, SPREADS):
        generator = np.random.default_rng(0)
        held = np.zeros(2)
        for study in range(options.studies):
            models = [model(generator, n_tracks, n_seeds, *spread) for _ in range(n_models)]
            models[0] = models[0] + generator.normal(size=n_tracks)
            second = models[1] if n_models == 2 else None
            draws = resampled(models, generator), bootstrap_medians(models[0], second, SAMPLES, study)
            ends = [interval(drawn, 0.95) for drawn in draws]
            held += [low <= 0 <= high for low, high in ends]
        shares = " | ".join(f"{share:.3f}" for share in held / options.studies)
        print(f"{n_models} {n_tracks:2d} {n_seeds} | {spread[0]}, {spread[1]} | {shares}", flush=True)


if __name__ == "__main__":
    main()
