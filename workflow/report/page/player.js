// One transport for all sources of a track: they start on the same clock, so that a switch leaves no gap.
(() => {
  const { tracks, sounds } = singmap.index.player;
  if (!tracks.length) return;
  const FADE_S = 0.01; // without it a switch clicks
  const KEYS = 9, BUTTONS_MAX = 16; // more sources than these stand in a list
  const byId = (id) => document.getElementById(`pl-${id}`);
  const section = document.getElementById("listen");
  const buffers = new Map();
  let context = null, playing = null, position = 0, sources = [], current = 0, turn = 0, picture = null;

  const track = () => tracks[byId("track").selectedIndex];
  const fileOf = (source) => `sounds/${track().track_id}/${source.system}_${source.part}`;
  const soundsOf = (track) => track.sounds.map((place) => sounds[place]);
  const duration = () => track().duration_s;

  function fillTracks() {
    byId("track").append(...tracks.map((t) => new Option(t.track, t.track_id)));
    const wanted = tracks.findIndex((t) => t.track_id === address.get("track"));
    byId("track").selectedIndex = Math.max(0, wanted);
    fillParts(address.get("part"));
    choose(Math.max(0, sources.findIndex((s) => s.system === address.get("source"))));
    move(Math.min(duration(), Math.max(0, parseFloat(address.get("time")) || 0)));
  }

  function fillParts(wanted) {
    const parts = [...new Set(soundsOf(track()).filter((s) => !s.whole).map((s) => s.part))];
    byId("part").replaceChildren(...parts.map((part) => new Option(part, part)));
    if (parts.includes(wanted)) byId("part").value = wanted;
    fillSources();
  }

  function fillSources() {
    const before = sources[current]?.system;
    sources = soundsOf(track()).filter((s) => s.whole || s.part === byId("part").value);
    const buttons = sources.slice(0, sources.length > BUTTONS_MAX ? KEYS : BUTTONS_MAX).map((source, place) => {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      if (place < KEYS) button.append(Object.assign(document.createElement("kbd"), { textContent: place + 1 }));
      button.append(source.label);
      button.addEventListener("click", () => choose(place));
      return button;
    });
    byId("sources").replaceChildren(...buttons);
    byId("others").replaceChildren(new Option("choose", ""), ...sources.slice(buttons.length).map((source, place) => new Option(source.label, place + buttons.length)));
    byId("others").parentElement.hidden = buttons.length === sources.length;
    current = Math.max(0, sources.findIndex((s) => s.system === before));
    byId("position").max = duration();
  }

  async function choose(place) {
    current = place;
    const mine = ++turn;
    const buttons = [...byId("sources").children];
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === place)));
    byId("others").value = place < buttons.length ? "" : String(place);
    keepAddress();
    try {
      const sound = await singmap.load(fileOf(sources[place]));
      if (mine !== turn) return;
      picture = { ...sound, codes: await singmap.codes(sound.levels) };
      draw();
      if (playing) { const buffer = await decoded(sources[place]); if (mine === turn && playing) start(buffer); }
      say("");
    } catch (error) { say(error.message); }
  }

  async function decoded(source) {
    const file = fileOf(source);
    if (!buffers.has(file)) {
      const sound = await singmap.load(file);
      buffers.set(file, await context.decodeAudioData(singmap.bytes(sound.mp3).buffer));
    }
    return buffers.get(file);
  }

  const now = (clock = context?.currentTime) => {
    if (!playing) return position;
    const passed = position + clock - playing.since;
    return byId("loop").checked ? passed % duration() : Math.min(passed, duration());
  };

  // The clock is read once: it moves on between two readings, and the sources would lie apart by as much.
  function start(buffer, from = null) {
    const clock = context.currentTime, at = from ?? now(clock), when = clock + 0.005, old = playing;
    const node = new AudioBufferSourceNode(context, { buffer, loop: byId("loop").checked, loopEnd: duration() });
    const gain = new GainNode(context, { gain: 0 });
    node.connect(gain).connect(context.destination);
    gain.gain.setValueAtTime(0, when);
    gain.gain.linearRampToValueAtTime(1, when + FADE_S);
    node.start(when, (at + 0.005) % duration());
    if (old) silence(old, when);
    position = at;
    playing = { node, gain, since: clock };
    node.onended = () => { if (playing?.node === node) stop(0); };
    section.dataset.playing = sources[current].system;
  }

  function silence({ node, gain }, when) {
    node.onended = null;
    gain.gain.setValueAtTime(1, when);
    gain.gain.linearRampToValueAtTime(0, when + FADE_S);
    node.stop(when + FADE_S);
  }

  async function play() {
    context ??= new AudioContext();
    await context.resume();
    const mine = turn;
    try {
      const buffer = await decoded(sources[current]);
      if (mine === turn) { start(buffer, position >= duration() ? 0 : position); byId("play").textContent = "⏸ Pause"; tick(); }
      for (const source of sources) await decoded(source); // so that later switches are at once
    } catch (error) { say(error.message); }
  }

  function stop(at = now()) {
    if (playing) silence(playing, context.currentTime);
    playing = null; position = at;
    delete section.dataset.playing;
    byId("play").textContent = "▶ Play";
    show(); keepAddress();
  }

  function move(to) {
    position = Math.min(duration(), Math.max(0, to));
    if (playing) decoded(sources[current]).then((buffer) => { if (playing) start(buffer, position); });
    show();
  }

  function tick() { if (playing) { show(); requestAnimationFrame(tick); } }

  function show() {
    const at = now();
    byId("position").value = at;
    byId("position").setAttribute("aria-valuetext", `${at.toFixed(1)} of ${duration().toFixed(1)} seconds`);
    byId("time").textContent = `${at.toFixed(1)} s`;
    byId("cursor").style.left = `${(100 * at) / duration()}%`;
  }

  // Levels from black through violet and orange to white, on any theme: as spectrograms are known.
  const COLOURS = Uint32Array.from({ length: 128 }, (_, code) => {
    const share = code / 127, channel = (low, high) => Math.round(255 * Math.min(1, Math.max(0, (share - low) / (high - low))));
    return ((255 << 24) | ((share < 0.5 ? channel(0, 0.7) : Math.max(channel(0.75, 1), Math.round(255 * (1.1 - share) * 0.9))) << 16) | (channel(0.4, 1) << 8) | channel(0.1, 0.65)) >>> 0;
  });

  function draw() {
    const canvas = byId("picture"), { n_rows, n_columns, codes } = picture;
    canvas.width = n_columns; canvas.height = n_rows;
    const image = canvas.getContext("2d").createImageData(n_columns, n_rows), pixels = new Uint32Array(image.data.buffer);
    for (let row = 0; row < n_rows; row++) for (let column = 0; column < n_columns; column++) pixels[(n_rows - 1 - row) * n_columns + column] = COLOURS[codes[row * n_columns + column]];
    canvas.getContext("2d").putImageData(image, 0, 0);
    canvas.setAttribute("aria-label", `Spectrogram of ${sources[current].label}`);
    section.dataset.shown = sources[current].system;
  }

  const say = (text) => { byId("status").textContent = text; };
  const keepAddress = () => address.set({ track: track().track_id, part: byId("part").value, source: sources[current].system, time: position ? position.toFixed(2) : null });

  function pressed(event) {
    const typing = event.target.closest("input, select, textarea, summary, a, canvas, [tabindex]") && !event.target.closest("#pl-sources, #pl-play, #pl-position");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !visible) return;
    const place = "123456789".indexOf(event.key);
    if (place >= 0 && place < sources.length) choose(place);
    else if (event.key === " " && !event.target.closest("button")) { toggle(); event.preventDefault(); }
  }
  let visible = false;
  const toggle = () => (playing ? stop() : play());

  byId("track").addEventListener("change", () => { if (playing) stop(0); position = 0; fillParts(byId("part").value); choose(current); show(); });
  byId("part").addEventListener("change", () => { fillSources(); choose(current); });
  byId("others").addEventListener("change", ({ target }) => { if (target.value) choose(Number(target.value)); });
  byId("loop").addEventListener("change", () => { if (playing) playing.node.loop = byId("loop").checked; });
  byId("play").addEventListener("click", toggle);
  byId("position").addEventListener("input", ({ target }) => { move(parseFloat(target.value)); keepAddress(); });
  byId("picture").addEventListener("click", (event) => { move((event.offsetX / event.target.clientWidth) * duration()); keepAddress(); });
  document.addEventListener("keydown", pressed);
  document.addEventListener("hear-track", ({ detail }) => {
    if (playing) stop(0);
    position = 0;
    byId("track").value = detail; fillParts(byId("part").value); choose(current); show();
    section.scrollIntoView(); byId("play").focus({ preventScroll: true });
  });
  new IntersectionObserver((entries) => { visible = entries[0].isIntersecting; if (visible && !picture) choose(current); }, { rootMargin: "200px" }).observe(section);
  fillTracks();
})();
