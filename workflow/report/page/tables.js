// Tables that are sorted by their heads and filtered by words; scores of a chosen kind; tracks to hear.
(() => {
  const valueOf = (cell) => { const number = parseFloat(cell.textContent.replace("−", "-")); return Number.isNaN(number) ? null : number; };

  function sort(table, column, direction) {
    const cells = [...table.tBodies[0].rows].map((row) => row.cells[column]);
    const numeric = cells.every((cell) => valueOf(cell) !== null || ["–", "", "withheld"].includes(cell.textContent));
    const key = (row) => (numeric ? valueOf(row.cells[column]) : row.cells[column].textContent);
    const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
    // What has no value stays below, whichever way it is sorted.
    rows.sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : direction * (numeric ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }))));
    table.tBodies[0].append(...rows.map(([, row]) => row));
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      if (place === column) head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending"); else head.removeAttribute("aria-sort");
    });
  }

  function makeSortable(table) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: head.textContent });
      button.addEventListener("click", () => {
        const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        sort(table, column, direction);
        address.set({ [`sort-${table.id}`]: `${column}${direction > 0 ? "up" : "down"}` });
      });
      head.replaceChildren(button);
    });
    restoreSort(table);
  }

  function restoreSort(table) {
    const [, column, way] = (address.get(`sort-${table.id}`) ?? "").match(/^(\d+)(up|down)$/) ?? [];
    if (way && column < table.tHead.rows[0].cells.length) sort(table, Number(column), way === "up" ? 1 : -1);
  }

  function makeFilter(field) {
    const table = document.getElementById(field.dataset.filters), told = document.querySelector(`[data-counts="${field.dataset.filters}"]`);
    const apply = () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
        shown += !row.hidden;
      }
      told.textContent = words.length ? `${shown} of ${table.tBodies[0].rows.length} rows` : "";
    };
    field.value = address.get(`rows-${table.id}`) ?? "";
    field.addEventListener("input", () => { apply(); address.set({ [`rows-${table.id}`]: field.value }); });
    if (field.value) apply();
  }

  function trackTable() {
    const { looks, tracks, values } = singmap.index.scores;
    const table = document.getElementById("by-track"), select = document.getElementById("sc-look");
    const heard = new Set(singmap.index.player.tracks.map((track) => track.track_id));
    const rows = new Map([...table.tBodies[0].rows].map((row, place) => [tracks[place][0], row]));
    select.append(...looks.map((look) => new Option(look, look)));
    for (const [id, row] of rows) if (heard.has(id)) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: row.cells[0].textContent, title: "Hear this track" });
      button.dir = "auto";
      button.addEventListener("click", () => document.dispatchEvent(new CustomEvent("hear-track", { detail: id })));
      row.cells[0].replaceChildren(button);
    }
    const show = (look) => {
      table.caption.textContent = `${look}, dB, mean over seeds`;
      tracks.forEach(([id], place) => values[looks.indexOf(look)][place].forEach((value, system) => {
        rows.get(id).cells[system + 1].textContent = value === null ? "–" : value.toFixed(2);
      }));
    };
    select.addEventListener("change", () => { show(select.value); restoreSort(table); address.set({ score: select.value === looks[0] ? null : select.value }); });
    if (looks.includes(address.get("score"))) { select.value = address.get("score"); show(select.value); }
  }

  trackTable();
  document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
  document.querySelectorAll("input[data-filters]").forEach(makeFilter);
})();
