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
  const look = () => ({
    "font.color": colour("--soft"), "font.family": getComputedStyle(document.body).fontFamily,
    "hoverlabel.bgcolor": colour("--paper"), "hoverlabel.bordercolor": colour("--faint"),
    "hoverlabel.font.color": colour("--ink"), height: small.matches ? 700 : 860,
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
  const fit = change => {
    const from = change["xaxis.range[0]"], to = change["xaxis.range[1]"];
    const update = {};
    if (change["xaxis.autorange"]) {
      axes.forEach(axis => { update[axis.replace("y", "yaxis") + ".autorange"] = reversed.has(axis) ? "reversed" : true; });
    } else if (from !== undefined && !Object.keys(change).some(key => key.startsWith("yaxis"))) {
      const time = value => typeof value === "number" ? value : Date.parse(value.replace(" ", "T") + (value.includes(":") ? "Z" : ""));
      for (const axis of axes) {
        const range = view(axis, time(from), time(to));
        if (!range) continue;
        const margin = 0.06 * (range[1] - range[0]) || Math.abs(range[0]) * 1e-4 || 1;
        const [low, high] = reversed.has(axis) ? [0, range[1] + margin] : [range[0] - margin, range[1] + margin];
        update[axis.replace("y", "yaxis") + ".range"] = reversed.has(axis) ? [high, low] : [low, high];
      }
    }
    if (Object.keys(update).length) Plotly.relayout(target, update);
  };
  const reversed = new Set(axes.filter(axis => figure.layout[axis.replace("y", "yaxis")].autorange === "reversed"));
  target.on("plotly_relayout", fit);

  const restyle = () => Plotly.relayout(target, look());
  dark.addEventListener("change", restyle);
  small.addEventListener("change", restyle);
  addEventListener("beforeprint", () => {
    document.documentElement.classList.add("print");
    Plotly.relayout(target, { ...look(), width: 680, height: 760 });
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("print");
    Plotly.relayout(target, { ...look(), width: null });
  });
  document.documentElement.dataset.charts = "ready";
})().catch(error => {
  document.getElementById("charts").textContent = "The charts could not be drawn: " + error.message;
});
