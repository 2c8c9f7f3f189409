// Two matrices side by side: which ones, where one looks, and what stands there.
(() => {
  const { examined, seeds, methods, segments, full_matrices } = singmap.index.explorer;
  const RANGE_DB = 50, MARGIN_LEFT = 46, MARGIN_BELOW = 26, NARROWEST = 1 / 64;
  const byId = (id) => document.getElementById(`ex-${id}`);
  const panels = ["a", "b"].map((name) => ({ name, canvas: byId(name), image: document.createElement("canvas"), found: null }));
  const state = { segment: "", weighted: "0", axis: "log", inLow: 0, inHigh: axes.nyquist, outLow: 0, outHigh: axes.nyquist, input: 0, output: 0 };
  const models = Object.keys(examined);
  let topDb = 0, colours = themeColours();

  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const level = (db) => `${String(db).replace("-", "−")} dB`;
  const option = (value, text) => new Option(text, value);

  function fillControls() {
    byId("segment").append(...segments.map((s) => option(s.segment, segments.filter((t) => t.track_id === s.track_id).length > 1 ? `${s.track}, segment ${s.segment}` : s.track)));
    for (const panel of panels) {
      byId(`${panel.name}-model`).append(...models.map((model) => option(model, model)));
      byId(`${panel.name}-seed`).append(...seeds.map((seed) => option(seed, seed)));
    }
  }

  // Methods that need a network's layers are not for every model.
  function fillMethods(panel) {
    const select = byId(`${panel.name}-method`), before = select.value;
    const own = methods.filter((m) => examined[byId(`${panel.name}-model`).value].includes(m.name));
    select.replaceChildren(...own.map((m) => option(m.name, m.recovery === null ? m.label : `${m.label} (planted ${m.recovery.toFixed(2)})`)));
    if (own.some((m) => m.name === before)) select.value = before;
    return own;
  }

  function readAddress() {
    const known = (select, value, fallback) => { select.value = value ?? fallback; if (select.selectedIndex < 0) select.value = fallback; };
    panels.forEach((panel, place) => {
      const [model, seed, method] = (address.get(panel.name) ?? "").split(".");
      known(byId(`${panel.name}-model`), model || null, place ? models[models.length - 1] : models[0]);
      known(byId(`${panel.name}-seed`), seed || null, String(seeds[0]));
      const own = fillMethods(panel);
      known(byId(`${panel.name}-method`), method || null, own[place && models.length < 2 ? Math.min(1, own.length - 1) : 0].name);
    });
    known(byId("segment"), address.get("segment"), String(segments[0].segment));
    known(byId("weighted"), address.get("weighted"), "0");
    known(byId("axis"), address.get("axis"), "log");
    const zoom = (address.get("zoom") ?? "").split("_").map(Number);
    const valid = zoom.length === 4 && zoom.every(Number.isFinite) && zoom[0] < zoom[1] && zoom[2] < zoom[3];
    [state.inLow, state.inHigh, state.outLow, state.outHigh] = valid ? zoom : [0, axes.nyquist, 0, axes.nyquist];
    byId("range").value = valid ? "cursor" : "all";
    const at = (name, fallback) => axes.cellAt(Number.isFinite(parseFloat(address.get(name))) ? parseFloat(address.get(name)) : fallback);
    state.input = at("input", 440); state.output = at("output", 440);
  }

  function keepAddress() {
    const zoom = [state.inLow, state.inHigh, state.outLow, state.outHigh].map((hz) => Math.round(hz)).join("_");
    address.set({
      ...Object.fromEntries(panels.map((panel) => [panel.name, chosen(panel).join(".")])),
      segment: byId("segment").value, weighted: byId("weighted").value, axis: byId("axis").value, zoom: isWhole() ? null : zoom,
      input: axes.centre(state.input).toFixed(1), output: axes.centre(state.output).toFixed(1),
    });
  }

  const isWhole = () => state.inLow === 0 && state.outLow === 0 && state.inHigh === axes.nyquist && state.outHigh === axes.nyquist;
  const chosen = (panel) => ["model", "seed", "method"].map((part) => byId(`${panel.name}-${part}`).value);

  async function loadPanel(panel) {
    const [model, seed, method] = chosen(panel);
    const segment = segments.find((s) => String(s.segment) === byId("segment").value);
    const turn = (panel.turn = (panel.turn ?? 0) + 1);
    const entries = await singmap.load(`matrices/${model}_seed${seed}/${segment.track_id}`);
    const entry = entries.find((e) => e.segment === segment.segment);
    let found = await matrix.decode(entry.methods[method]);
    if (byId("weighted").value === "1") found = matrix.weighted(found, matrix.gains(await singmap.codes(entry.input.levels), entry.input));
    if (turn !== panel.turn) return; // another one was chosen meanwhile
    Object.assign(panel, { found, diagonal: matrix.onDiagonal(found), topDb: matrix.topLevel(found) });
    const { label, errors } = methods.find((m) => m.name === method);
    byId(`${panel.name}-name`).textContent = `${panel.name.toUpperCase()}: ${model}, seed ${seed}, by ${label}`;
    const worth = model in errors ? `Predicts ${model} on other frames with a relative error of ${errors[model]} (1: as bad as silence). ` : "";
    showFullMatrix(byId(`${panel.name}-full`), worth, `${model}/seed${seed}/${method}.npy`, method);
  }

  function showFullMatrix(place, worth, file, method) {
    if (!full_matrices.includes(method)) { place.textContent = `${worth}The full matrix was not kept.`; return; }
    const link = Object.assign(document.createElement("a"), { href: `../mappings/${file}`, textContent: `mappings/${file}` });
    place.replaceChildren(`${worth}All its numbers, in the study's folder: `, link);
  }

  async function reload(which = panels) {
    try {
      await Promise.all(which.map(loadPanel));
      const before = topDb;
      topDb = Math.max(...panels.filter((panel) => panel.found).map((panel) => panel.topDb));
      redraw(topDb === before ? which : panels);
      document.getElementById("explorer").dataset.ready = "yes";
    } catch (error) { byId("readout").textContent = error.message; }
  }

  function ranges() { return { columns: [state.inLow, state.inHigh], rows: [state.outLow, state.outHigh], logarithmic: byId("axis").value === "log" }; }

  function redraw(which = panels) {
    drawScale();
    for (const panel of which) if (panel.found) { paintImage(panel); drawPanel(panel); }
    tell();
  }

  function paintImage(panel) {
    const { columns, rows, logarithmic } = ranges();
    const across = panel.canvas.clientWidth - MARGIN_LEFT, size = clamp(Math.round(across * devicePixelRatio), 64, 900);
    panel.image.width = panel.image.height = size;
    const context = panel.image.getContext("2d"), image = context.createImageData(size, size);
    const upwards = axes.cellsOfPixels(rows, logarithmic, size).reverse();
    matrix.paint(image, panel.found, panel.diagonal, axes.cellsOfPixels(columns, logarithmic, size), upwards, topDb, colours);
    context.putImageData(image, 0, 0);
  }

  function drawPanel(panel) {
    const { canvas } = panel, side = canvas.clientWidth, context = canvas.getContext("2d");
    canvas.width = canvas.height = Math.round(side * devicePixelRatio);
    context.scale(devicePixelRatio, devicePixelRatio);
    const plot = plotOf(canvas), { columns, rows, logarithmic } = ranges();
    context.imageSmoothingEnabled = false;
    context.drawImage(panel.image, plot.left, 0, plot.width, plot.height);
    Object.assign(context, { fillStyle: colours.ink, strokeStyle: colours.ink, font: "12px system-ui, sans-serif", lineWidth: 1 });
    context.textAlign = "center";
    const across = axes.scale(columns, logarithmic), upwards = axes.scale(rows, logarithmic);
    let last = -Infinity;
    for (const hz of axes.ticks(columns, logarithmic)) {
      const at = clamp(plot.left + across.place(hz) * plot.width, plot.left + 10, side - 12);
      if (at - last > 28) { context.fillText(axes.label(hz), at, side - 9); last = at; } // or labels would collide
    }
    context.textAlign = "right";
    for (const hz of axes.ticks(rows, logarithmic)) context.fillText(axes.label(hz), plot.left - 6, clamp(plot.height * (1 - upwards.place(hz)) + 4, 11, plot.height));
    context.textAlign = "left";
    context.fillText("output (Hz)", plot.left + 8, 16);
    context.textAlign = "right";
    context.fillText("input (Hz)", side - 8, plot.height - 8);
    const x = plot.left + across.place(axes.centre(state.input)) * plot.width, y = plot.height * (1 - upwards.place(axes.centre(state.output)));
    context.globalAlpha = 0.55;
    context.beginPath();
    if (x >= plot.left) { context.moveTo(x, 0); context.lineTo(x, plot.height); }
    if (y >= 0 && y <= plot.height) { context.moveTo(plot.left, y); context.lineTo(side, y); }
    context.stroke();
    context.globalAlpha = 1;
    context.strokeRect(plot.left + 0.5, 0.5, plot.width - 1, plot.height - 1);
  }

  function plotOf(canvas) { return { left: MARGIN_LEFT, width: canvas.clientWidth - MARGIN_LEFT, height: canvas.clientWidth - MARGIN_BELOW }; }

  function tell() {
    const input = axes.centre(state.input), output = axes.centre(state.output), weighted = byId("weighted").value === "1";
    const frequency = (hz) => `${hz.toFixed(hz < 1000 ? 1 : 0)} Hz`;
    const band = matrix.width[state.input] > 1 || matrix.width[state.output] > 1;
    const lines = panels.filter((panel) => panel.found).map((panel) => `${panel.name.toUpperCase()}: ${gainAt(panel, band)}`);
    byId("readout").textContent = `Input ${frequency(input)} to output ${frequency(output)}${band ? `, bands of ${matrix.width[state.input]} × ${matrix.width[state.output]} bins` : ""}${weighted ? ", × mean input" : ""}. ${lines.join(" · ")}`;
    if (document.activeElement !== byId("hz")) byId("hz").value = +output.toFixed(1);
    byId("row-title").textContent = `The output at ${frequency(output)} listens to`;
    byId("column-title").textContent = `The input at ${frequency(input)} feeds`;
    const { columns, rows, logarithmic } = ranges();
    const drawn = (values) => panels.filter((panel) => panel.found).map((panel) => ({ kind: panel.name, values: values(panel) }));
    const scale = { logarithmic, topDb, rangeDb: RANGE_DB };
    profile.draw(byId("row"), drawn((panel) => cellsOf(panel, (cell) => [state.output, cell])), { ...scale, range: columns, hz: output });
    profile.draw(byId("column"), drawn((panel) => cellsOf(panel, (cell) => [cell, state.input])), { ...scale, range: rows, hz: input });
  }

  const cellsOf = (panel, place) => Array.from({ length: matrix.n }, (_, cell) => {
    const [output, input] = place(cell);
    return output === input ? panel.diagonal[cell] : panel.found.rms[output * matrix.n + input];
  });

  function gainAt(panel, band) {
    const told = (gain) => (gain ? `${gain > 0 ? "+" : "−"}${Math.abs(gain).toPrecision(2)} (${level(matrix.decibels(gain).toFixed(1))})` : "below the kept levels");
    const place = state.output * matrix.n + state.input;
    if (!band) return told(panel.found.rms[place]);
    const beside = `root mean square ${told(Math.abs(panel.found.rms[place]))}, mean ${told(panel.found.mean[place])}`;
    return state.input === state.output ? `diagonal ${told(panel.diagonal[state.input])}, beside it ${beside}` : beside;
  }

  function drawScale() {
    const canvas = byId("scale"), image = canvas.getContext("2d").createImageData(256, 1), pixels = new Uint32Array(image.data.buffer);
    for (let x = 0; x < 256; x++) pixels[x] = x < 128 ? colours.negative[Math.round((127 - x) / 2)] : colours.positive[Math.round((x - 128) / 2)];
    canvas.getContext("2d").putImageData(image, 0, 0);
    byId("low").textContent = `negative gain of ${level(topDb)}`;
    byId("high").textContent = `positive gain of ${level(topDb)}; in the middle ${level(topDb - RANGE_DB)} and less`;
  }

  // The hues are those of the figures. From the paper's colour through a hue to its dark or bright end; 64 steps each, as little-endian RGBA.
  function themeColours() {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches && !matchMedia("print").matches;
    const ramps = dark
      ? { negative: ["14171b", "1f5f8f", "56b4e9", "eaf6ff"], positive: ["14171b", "8f4a12", "ff9a4d", "fff0e0"] }
      : { negative: ["ffffff", "8cc3e6", "0072b2", "00233f"], positive: ["ffffff", "f5b78c", "d55e00", "4a1d00"] };
    const ramp = (stops) => Uint32Array.from({ length: 64 }, (_, step) => mixed(stops, step / 63));
    return { rangeDb: RANGE_DB, ink: dark ? "#e4e8ec" : "#1c2127", positive: ramp(ramps.positive), negative: ramp(ramps.negative) };
  }

  function mixed(stops, share) {
    const place = share * (stops.length - 1), from = Math.min(stops.length - 2, Math.floor(place)), part = place - from;
    const channel = (stop, shift) => (parseInt(stop, 16) >> shift) & 255;
    const [red, green, blue] = [16, 8, 0].map((shift) => Math.round(channel(stops[from], shift) * (1 - part) + channel(stops[from + 1], shift) * part));
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  }

  function look(output, input) {
    state.output = clamp(output, 0, matrix.n - 1); state.input = clamp(input, 0, matrix.n - 1);
    for (const panel of panels) if (panel.found) drawPanel(panel);
    tell();
  }

  // Around the cross, within the whole axis, which zooming out always finds again.
  function zoom(factor) {
    const whole = axes.scale([0, axes.nyquist], byId("axis").value === "log");
    for (const [low, high, cell] of [["inLow", "inHigh", state.input], ["outLow", "outHigh", state.output]]) {
      const width = clamp((whole.place(state[high]) - whole.place(state[low])) / factor, NARROWEST, 1);
      const start = clamp(whole.place(axes.centre(cell)) - width / 2, 0, 1 - width);
      state[low] = start < 1e-6 ? 0 : whole.hz(start);
      state[high] = start + width > 1 - 1e-6 ? axes.nyquist : whole.hz(start + width);
    }
    byId("range").value = isWhole() ? "all" : "cursor";
    redraw(); keepAddress();
  }

  function setRange(high) {
    Object.assign(state, { inLow: 0, outLow: 0, inHigh: high, outHigh: high });
    redraw(); keepAddress();
  }

  function cellsUnder(event, canvas) {
    const box = canvas.getBoundingClientRect(), plot = plotOf(canvas), { columns, rows, logarithmic } = ranges();
    const across = clamp((event.clientX - box.left - plot.left) / plot.width, 0, 1), up = clamp(1 - (event.clientY - box.top) / plot.height, 0, 1);
    return [axes.cellAt(axes.scale(rows, logarithmic).hz(up)), axes.cellAt(axes.scale(columns, logarithmic).hz(across))];
  }

  function pressed(event) {
    const far = event.shiftKey ? 10 : 1;
    const moves = { ArrowLeft: [0, -far], ArrowRight: [0, far], ArrowUp: [far, 0], ArrowDown: [-far, 0] };
    if (moves[event.key]) look(state.output + moves[event.key][0], state.input + moves[event.key][1]);
    else if (event.key === "+" || event.key === "=") zoom(2);
    else if (event.key === "-") zoom(0.5);
    else if (event.key === "0") { byId("range").value = "all"; setRange(axes.nyquist); }
    else return;
    event.preventDefault();
    keepAddress();
  }

  function listen() {
    for (const panel of panels) {
      panel.canvas.addEventListener("pointermove", (event) => requestAnimationFrame(() => look(...cellsUnder(event, panel.canvas))));
      panel.canvas.addEventListener("click", (event) => { look(...cellsUnder(event, panel.canvas)); keepAddress(); });
      panel.canvas.addEventListener("dblclick", () => zoom(2));
      panel.canvas.addEventListener("keydown", pressed);
      for (const part of ["model", "seed", "method"]) byId(`${panel.name}-${part}`).addEventListener("change", () => { fillMethods(panel); keepAddress(); reload([panel]); });
    }
    for (const name of ["segment", "weighted"]) byId(name).addEventListener("change", () => { keepAddress(); reload(); });
    byId("axis").addEventListener("change", () => { redraw(); keepAddress(); });
    byId("range").addEventListener("change", ({ target }) => { if (target.value !== "cursor") setRange(target.value === "all" ? axes.nyquist : Math.min(axes.nyquist, Number(target.value))); });
    byId("in").addEventListener("click", () => zoom(2));
    byId("out").addEventListener("click", () => zoom(0.5));
    byId("hz").addEventListener("change", ({ target }) => { const cell = axes.cellAt(Number(target.value) || 0); look(cell, cell); keepAddress(); });
    address.listen(() => { readAddress(); reload(); });
    new ResizeObserver(() => { if (panels.every((panel) => panel.found)) redraw(); }).observe(panels[0].canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { colours = themeColours(); redraw(); });
  }

  if (!segments.length || !methods.length) return;
  fillControls(); readAddress(); listen(); reload();
})();
