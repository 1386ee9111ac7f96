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
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const look = () => ({
    "font.color": colour("--soft"), "font.family": getComputedStyle(document.body).fontFamily,
    "hoverlabel.bgcolor": colour("--paper"), "hoverlabel.bordercolor": colour("--faint"),
    "hoverlabel.font.color": colour("--ink"),
  });
  await Plotly.newPlot(target, figure.data, figure.layout, { responsive: true, displaylogo: false, showTips: false });
  await Plotly.relayout(target, look());
  dark.addEventListener("change", () => Plotly.relayout(target, look()));
  addEventListener("beforeprint", () => {
    document.documentElement.classList.add("print");
    Plotly.relayout(target, { ...look(), width: 680 });
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("print");
    Plotly.relayout(target, { ...look(), width: null });
  });
  document.documentElement.dataset.charts = "ready";
})().catch(error => {
  document.getElementById("charts").textContent = "The charts could not be drawn: " + error.message;
});
