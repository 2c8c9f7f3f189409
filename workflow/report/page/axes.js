// Frequencies on a logarithmic or linear axis, in cells of the matrices.
const axes = (() => {
  const { bin_hz, n_bins } = singmap.index.explorer;
  const nyquist = bin_hz * (n_bins - 1);
  const lowest = bin_hz / 2;

  // Where a frequency lies between low and high, 0 to 1, and back.
  function scale(range, logarithmic) {
    const [low, high] = logarithmic ? [Math.log(Math.max(range[0], lowest)), Math.log(range[1])] : range;
    return {
      place: (hz) => ((logarithmic ? Math.log(Math.max(hz, lowest)) : hz) - low) / (high - low),
      hz: (place) => { const value = low + place * (high - low); return logarithmic ? Math.exp(value) : value; },
    };
  }

  const cellAt = (hz) => matrix.cellOfBin[Math.min(n_bins - 1, Math.max(0, Math.round(hz / bin_hz)))];
  const centre = (cell) => bin_hz * (matrix.starts[cell] + (matrix.width[cell] - 1) / 2);

  // [first, last] cell under every pixel: one, but where an axis is denser than the screen.
  function cellsOfPixels(range, logarithmic, count) {
    const { hz } = scale(range, logarithmic);
    return Array.from({ length: count }, (_, pixel) => {
      const middle = cellAt(hz((pixel + 0.5) / count));
      const first = cellAt(hz(pixel / count)), last = cellAt(hz((pixel + 1) / count));
      return last - first > 1 ? [first + 1, last] : [middle, middle];
    });
  }

  function ticks(range, logarithmic) {
    const candidates = logarithmic
      ? [1, 10, 100, 1000, 10000].flatMap((decade) => [1, 2, 5].map((part) => part * decade))
      : Array.from({ length: 60 }, (_, step) => step * niceStep(range[1] - range[0]) + Math.ceil(range[0] / niceStep(range[1] - range[0])) * niceStep(range[1] - range[0]));
    return candidates.filter((hz) => hz >= (logarithmic ? Math.max(range[0], 1.1 * lowest) : range[0]) && hz <= range[1]);
  }

  function niceStep(span) {
    const power = 10 ** Math.floor(Math.log10(span / 4));
    return [1, 2, 5, 10].map((part) => part * power).find((step) => span / step <= 6);
  }

  const label = (hz) => (hz >= 1000 ? `${+(hz / 1000).toPrecision(3)}k` : `${+hz.toPrecision(3)}`);
  return { nyquist, lowest, scale, cellAt, centre, cellsOfPixels, ticks, label };
})();
