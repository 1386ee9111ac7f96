(async () => {
  "use strict";
  const target = document.getElementById("charts");
  const text = id => document.getElementById(id).textContent;
  const bytes = Uint8Array.from(atob(text("library").trim()), character => character.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(unpacked).text();
  document.head.append(script);

  const figure = JSON.parse(text("figure"));
  const small = matchMedia("(max-width: 820px)"), dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const whole = [...figure.layout.xaxis.range];
  const look = () => ({
    "font.color": colour("--soft"), "font.family": getComputedStyle(document.body).fontFamily,
    "hoverlabel.bgcolor": colour("--paper"), "hoverlabel.bordercolor": colour("--faint"),
    "hoverlabel.font.color": colour("--ink"), height: Math.round(figure.layout.height * (small.matches ? 0.82 : 1)),
  });
  figure.layout.dragmode = small.matches ? false : "zoom";
  figure.layout.hoverlabel = { font: { size: 12 } };
  await Plotly.newPlot(target, figure.data, figure.layout, {
    responsive: true, displaylogo: false, showTips: false,
    modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]],
  });
  await Plotly.relayout(target, look());

  // A zoom in time fits each price axis to what is then in view; plotly itself would keep the whole run's range.
  const axes = [...new Set(figure.data.map(trace => trace.yaxis))];
  const view = (axis, from, to) => {
    let low = Infinity, high = -Infinity;
    for (const trace of target._fullData.filter(trace => (trace.yaxis || "y") === axis)) {
      for (let i = 0; i < trace.x.length; i++) {
        if (trace.x[i] < from || trace.x[i] > to || !Number.isFinite(trace.y[i])) continue;
        low = Math.min(low, trace.y[i]);
        high = Math.max(high, trace.y[i]);
      }
    }
    return low <= high ? [low, high] : null;
  };
  const time = value => typeof value === "number" ? value : Date.parse(value.replace(" ", "T") + (value.includes(":") ? "Z" : ""));
  const name = axis => axis.replace("y", "yaxis");
  const reversed = new Set(axes.filter(axis => target._fullLayout[name(axis)].range[0] > target._fullLayout[name(axis)].range[1]));
  const original = Object.fromEntries(axes.map(axis => [name(axis) + ".range", [...target._fullLayout[name(axis)].range]]));
  const fit = change => {
    const [first, last] = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (first === undefined || last === undefined) return;
    const from = time(first), to = time(last);
    if (from <= whole[0] + 1 && to >= whole[1] - 1) {
      Plotly.relayout(target, original);
      return;
    }
    const update = {};
    for (const axis of axes) {
      const range = view(axis, from, to);
      if (!range) continue;
      const margin = 0.06 * (range[1] - range[0]) || Math.abs(range[0]) * 1e-4 || 1;
      update[name(axis) + ".range"] = reversed.has(axis)
        ? [range[1] + margin, Math.max(0, range[0] - margin)] : [range[0] - margin, range[1] + margin];
    }
    Plotly.relayout(target, update);
  };
  target.on("plotly_relayout", fit);

  const restyle = () => Plotly.relayout(target, look());
  dark.addEventListener("change", restyle);
  small.addEventListener("change", restyle);
  addEventListener("beforeprint", () => {
    document.documentElement.classList.add("print");
    Plotly.relayout(target, { ...look(), width: 680, height: Math.round(figure.layout.height * 0.88) });
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("print");
    Plotly.relayout(target, { ...look(), width: null });
  });
  document.documentElement.dataset.charts = "ready";
})().catch(error => {
  document.getElementById("charts").textContent = "The charts could not be drawn: " + error.message;
});
