// Coded matrices (singmap/report/matrix_codes.py) as gains, and gains as pixels.
const matrix = (() => {
  const CODES = 127;
  const { starts, n_bins } = singmap.index.explorer;
  const n = starts.length;
  const width = starts.map((first, cell) => (cell + 1 < n ? starts[cell + 1] : n_bins) - first);
  const cellOfBin = new Uint16Array(n_bins);
  starts.forEach((first, cell) => cellOfBin.fill(cell, first, first + width[cell]));

  const decibels = (gain) => 20 * Math.log10(Math.abs(gain));

  function gains(codes, scale) {
    const known = new Float32Array(2 * CODES + 1);
    for (let size = 1; size <= CODES; size++) {
      const gain = 10 ** ((scale.top_db + (size - CODES) * scale.step_db) / 20);
      known[CODES + size] = gain; known[CODES - size] = -gain;
    }
    const found = new Float32Array(codes.length);
    for (let place = 0; place < codes.length; place++) found[place] = known[codes[place] + CODES];
    return found;
  }

  async function decode(coded) {
    const [rms, mean, diagonal] = await Promise.all([coded.rms, coded.mean, coded.diagonal].map(singmap.codes));
    const found = { rms: gains(rms, coded), diagonal: gains(diagonal, coded) };
    found.mean = found.rms.slice(); // where a cell is one gain
    const several = gains(mean, coded);
    let next = 0;
    for (let o = 0; o < n; o++) for (let i = 0; i < n; i++) if (width[o] > 1 || width[i] > 1) found.mean[o * n + i] = several[next++];
    return found;
  }

  // Every column times the mean input of its band: what that frequency really put in.
  function weighted(found, levels) {
    const input = Float32Array.from(starts, (first, cell) => rootMeanSquare(levels.subarray(first, first + width[cell])));
    const scaled = (values) => values.map((gain, place) => gain * input[place % n]);
    return { rms: scaled(found.rms), mean: scaled(found.mean), diagonal: found.diagonal.map((gain, bin) => gain * levels[bin]) };
  }

  const rootMeanSquare = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

  // What is drawn for a cell of the diagonal: the root mean square of the diagonal itself, with the sign of its mean.
  function onDiagonal(found) {
    return Float32Array.from(starts, (first, cell) => {
      const own = found.diagonal.subarray(first, first + width[cell]);
      return Math.sign(own.reduce((sum, gain) => sum + gain, 0) || 1) * rootMeanSquare(own);
    });
  }

  // Level that one cell of a thousand exceeds, of both parts: one wild gain does not make all others pale.
  function topLevel(found) {
    const counts = new Uint32Array(600);
    let met = 0;
    for (const values of [found.rms, found.diagonal]) for (const gain of values) {
      if (gain) { counts[Math.min(599, Math.max(0, Math.ceil(decibels(gain)) + 300))]++; met++; }
    }
    let level = 599;
    for (let above = 0; level > 0 && (above += counts[level]) <= met / 1000; level--);
    return met ? level - 300 : 0;
  }

  // Pixels of an image whose columns and rows stand for [first, last] cells. Cells get their colours once, and
  // rows of the same cells are copied: a logarithm for every pixel would be felt.
  function paint(image, found, diagonal, columns, rows, topDb, colours) {
    const pixels = new Uint32Array(image.data.buffer), across = columns.length;
    const steps = colours.positive.length, perDb = (steps - 1) / colours.rangeDb;
    const colour = (gain) => {
      const step = Math.round((decibels(gain) - topDb + colours.rangeDb) * perDb);
      return step > 0 ? (gain < 0 ? colours.negative : colours.positive)[Math.min(step, steps - 1)] : colours.positive[0];
    };
    const ofCell = new Uint32Array(n * n), ofDiagonal = new Uint32Array(n);
    for (let place = 0; place < n * n; place++) ofCell[place] = colour(found.rms[place]);
    for (let cell = 0; cell < n; cell++) ofDiagonal[cell] = colour(diagonal[cell]);
    const firsts = Int32Array.from(columns, ([first]) => first), lasts = Int32Array.from(columns, ([, last]) => last);
    let low = -1, high = -1;
    for (let y = 0; y < rows.length; y++) {
      if (rows[y][0] === low && rows[y][1] === high) { pixels.copyWithin(y * across, (y - 1) * across, y * across); continue; }
      [low, high] = rows[y];
      for (let x = 0; x < across; x++) {
        const first = firsts[x], last = lasts[x], from = Math.max(first, low), to = Math.min(last, high);
        if (low === high && first === last) pixels[y * across + x] = from === to ? ofDiagonal[from] : ofCell[low * n + first];
        else pixels[y * across + x] = colour(from <= to ? pooledDiagonal(diagonal, from, to) : pooled(found.rms, first, last, low, high));
      }
    }
  }

  function pooled(values, first, last, low, high) {
    let power = 0, sum = 0;
    for (let o = low; o <= high; o++) for (let i = first; i <= last; i++) { const gain = values[o * n + i]; power += gain * gain; sum += gain; }
    return (sum < 0 ? -1 : 1) * Math.sqrt(power / ((high - low + 1) * (last - first + 1)));
  }

  function pooledDiagonal(values, from, to) {
    let power = 0, sum = 0;
    for (let cell = from; cell <= to; cell++) { power += values[cell] ** 2; sum += values[cell]; }
    return (sum < 0 ? -1 : 1) * Math.sqrt(power / (to - from + 1));
  }

  return { n, width, starts, cellOfBin, decibels, gains, decode, weighted, onDiagonal, topLevel, paint };
})();
