// The state of the page in its address, #name=value&..., so that a view can be kept and cited.
const address = (() => {
  let state = read();
  const listeners = [];

  function read() {
    const text = location.hash.slice(1);
    return text.includes("=") ? new URLSearchParams(text) : new URLSearchParams();
  }
  function write(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "") state.delete(name); else state.set(name, String(value));
    }
    history.replaceState(null, "", "#" + state.toString());
  }
  // A section's own address (#scores) leaves the state as it is.
  window.addEventListener("hashchange", () => {
    if (location.hash.includes("=")) { state = read(); listeners.forEach((listener) => listener()); }
  });
  return { get: (name) => state.get(name), set: write, listen: (listener) => listeners.push(listener) };
})();
