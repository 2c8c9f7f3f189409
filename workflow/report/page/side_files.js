// Data of side files: a page that is opened from disk may load scripts, but fetch nothing.
const singmap = (() => {
  const values = new Map(), loading = new Map();
  const index = JSON.parse(document.getElementById("data").textContent);

  function load(key) {
    if (!loading.has(key)) {
      loading.set(key, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = key.split("/").map(encodeURIComponent).join("/") + ".js";
        script.onload = () => { script.remove(); resolve(values.get(key)); };
        script.onerror = () => { script.remove(); loading.delete(key); reject(new Error(`${key}.js is not beside this page: was the folder moved without it? In the study, snakemake -n says how it is made again`)); };
        document.head.append(script);
      }));
    }
    return loading.get(key);
  }

  function bytes(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const text = atob(base64), found = new Uint8Array(text.length);
    for (let place = 0; place < text.length; place++) found[place] = text.charCodeAt(place);
    return found;
  }

  async function codes(packed) {
    const inflated = new Blob([bytes(packed)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Int8Array(await new Response(inflated).arrayBuffer());
  }

  return { put: (key, value) => values.set(key, value), load, bytes, codes, index };
})();
