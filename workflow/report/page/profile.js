// A row or column of both matrices as stems: up for gains, down for negative ones, in dB from the floor.
const profile = (() => {
  const HEIGHT = 150, MIDDLE = 68, REACH = 56, NAMESPACE = "http://www.w3.org/2000/svg";

  function element(name, attributes, text) {
    const made = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  }

  // lines: [{kind: "a" | "b", values: gain of every cell}], hz: what the marks are harmonics of.
  function draw(svg, lines, view) {
    const width = Math.max(200, svg.clientWidth);
    const { place } = axes.scale(view.range, view.logarithmic);
    const x = (frequency) => place(frequency) * width;
    svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const parts = [element("line", { class: "zero", x1: 0, x2: width, y1: MIDDLE, y2: MIDDLE })];
    for (const [factor, name] of marks(view)) {
      parts.push(element("line", { class: "mark", x1: x(view.hz * factor), x2: x(view.hz * factor), y1: 0, y2: MIDDLE + REACH }));
      if (name) parts.push(element("text", { x: x(view.hz * factor) + 2, y: 10 }, name));
    }
    lines.forEach(({ kind, values }, line) => {
      let path = "";
      values.forEach((gain, cell) => {
        const at = x(axes.centre(cell)) + (line - 0.5);
        const level = gain ? (matrix.decibels(gain) - view.topDb + view.rangeDb) / view.rangeDb : 0;
        if (level > 0 && at >= 0 && at <= width) path += `M${at.toFixed(1)} ${MIDDLE}V${(MIDDLE - Math.sign(gain) * Math.min(level, 1.1) * REACH).toFixed(1)}`;
      });
      parts.push(element("path", { class: kind, d: path || "M0 0" }));
    });
    for (const tick of axes.ticks(view.range, view.logarithmic)) parts.push(element("text", { x: x(tick), y: HEIGHT - 6, "text-anchor": "middle" }, axes.label(tick)));
    svg.replaceChildren(...parts);
  }

  // Harmonics and subharmonics in view; only the first few bear names, or they would collide.
  function marks(view) {
    const factors = [[1, "f"], [1 / 3, "f/3"], [1 / 2, "f/2"], ...[2, 3, 4, 5, 6, 7, 8].map((factor) => [factor, factor < 5 ? `${factor}f` : ""])];
    return factors.filter(([factor]) => view.hz > 0 && view.hz * factor >= view.range[0] && view.hz * factor <= view.range[1]);
  }

  return { draw };
})();
