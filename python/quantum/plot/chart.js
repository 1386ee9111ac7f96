(async () => {
  "use strict";
  const element = id => document.getElementById(id);
  const unpack = id => {
    const bytes = Uint8Array.from(atob(element(id).textContent.trim()), character => character.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
  };
  const script = document.createElement("script");
  script.textContent = await unpack("library").text();
  document.head.append(script);

  const figure = JSON.parse(element("figure").textContent), about = JSON.parse(element("about").textContent);
  const buffer = await unpack("arrays").arrayBuffer();
  const kinds = { float64: Float64Array, float32: Float32Array, int32: Int32Array };
  const data = {};
  for (const { name, type, offset, length } of about.arrays) data[name] = new kinds[type](buffer, offset, length);
  const texts = (await unpack("texts").text()).split("\n");
  const target = element("chart"), bars = about.bars, marks = data.mark_bar.length;
  const first = -0.5, last = bars - 0.5;
  const hidden = new Set();
  let view = bars <= 600 ? [first, last + bars * 0.01] : [last - 300, last + 6];

  // Time on the axis: ticks sit on the first bar of a year, month, day, hour, of the finest unit that leaves room.
  const MINUTE = 60e3, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  const months = time => { const date = new Date(time); return date.getUTCFullYear() * 12 + date.getUTCMonth(); };
  const units = [
    ...[1, 5, 15, 30].map(count => time => Math.floor(time / (count * 1e3))),
    ...[1, 5, 15, 30, 60, 120, 240, 720].map(count => time => Math.floor(time / (count * MINUTE))),
    time => Math.floor(time / DAY), time => Math.floor((time / DAY + 3) / 7),
    ...[1, 3, 12, 60, 120].map(count => time => Math.floor(months(time) / count)),
  ];
  const pad = number => String(number).padStart(2, "0");
  const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const label = (bar, before) => {
    const now = new Date(data.time[bar]), then = before === undefined ? null : new Date(data.time[before]);
    const day = `${now.getUTCDate()} ${NAMES[now.getUTCMonth()]}`;
    if (!then) return now % DAY ? `${day} ${clock(now)}` : `${day} ${now.getUTCFullYear()}`;
    if (now.getUTCFullYear() !== then.getUTCFullYear()) return `<b>${now.getUTCFullYear()}</b>`;
    if (Math.floor(now / DAY) !== Math.floor(then / DAY)) return now.getUTCMonth() !== then.getUTCMonth() && !(now % DAY)
      ? `<b>${NAMES[now.getUTCMonth()]}</b>` : day;
    return clock(now);
  };
  const clock = date => {
    const seconds = date.getUTCSeconds();
    return `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}${seconds ? `:${pad(seconds)}` : ""}`;
  };
  const moment = bar => {
    if (!about.timed) return `bar ${bar}`;
    const date = new Date(data.time[bar]);
    const day = `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
    return date % DAY ? `${day} ${clock(date)}` : day;
  };
  const ticks = (from, to, most) => {
    const a = Math.max(0, Math.ceil(from)), b = Math.min(bars - 1, Math.floor(to));
    const even = () => {
      const step = Math.max(1, Math.ceil((b - a + 1) / most));
      return Array.from({ length: Math.floor((b - a) / step) + 1 }, (_, place) => a + place * step);
    };
    let places = null;
    for (const unit of about.timed ? units : []) {
      const found = [];
      for (let bar = Math.max(a, 1); bar <= b && found.length <= most; bar++) {
        if (unit(data.time[bar]) !== unit(data.time[bar - 1])) found.push(bar);
      }
      if (found.length <= most) { places = found; break; }
    }
    if (!places || places.length < 2) places = even();
    const room = (to - from) / (most * 1.6);  // ticks that would touch: the later one of two stays
    places = places.filter((bar, place) => place + 1 === places.length || places[place + 1] - bar >= room);
    return [places, places.map((bar, place) => about.timed ? label(bar, place ? places[place - 1] : undefined) : `${bar}`)];
  };

  const lowest = (values, from, to) => {
    let low = Infinity, high = -Infinity;
    for (let bar = from; bar < to; bar++) {
      if (values[bar] < low) low = values[bar];
      if (values[bar] > high) high = values[bar];
    }
    return [low, high];
  };
  const at = (list, bar, upper) => {  // the first place whose bar is at or after (upper: after) `bar`
    let a = 0, b = list.length;
    while (a < b) { const middle = (a + b) >> 1; if (list[middle] < bar || (upper && list[middle] === bar)) a = middle + 1; else b = middle; }
    return a;
  };
  const strongest = (rows, most) => rows.length <= most ? rows
    : rows.sort((one, other) => data.mark_confidence[other] - data.mark_confidence[one]).slice(0, most).sort((a, b) => a - b);

  const groups = (a, b, stride) => {
    const shown = { x: [], open: [], high: [], low: [], close: [], volume: [], colour: [] };
    for (let start = a; start < b; start += stride) {
      const end = Math.min(start + stride, bars);
      let volume = 0, low = Infinity, high = -Infinity;
      for (let bar = start; bar < end; bar++) {
        if (data.low[bar] < low) low = data.low[bar];
        if (data.high[bar] > high) high = data.high[bar];
        if (data.volume && data.volume[bar] > 0) volume += data.volume[bar];
      }
      if (low > high) continue;
      shown.x.push((start + end - 1) / 2);
      shown.open.push(data.open[start]); shown.high.push(high); shown.low.push(low); shown.close.push(data.close[end - 1]);
      shown.volume.push(volume);
      shown.colour.push(data.close[end - 1] >= data.open[start] ? "#3b82c4" : "#d9730d");
    }
    return shown;
  };
  const line = (values, a, b, stride) => {
    const x = [], y = [];
    for (let start = a; start < b; start += stride) {
      const end = Math.min(start + stride, bars);
      let low = start, high = start;
      for (let bar = start + 1; bar < end; bar++) {
        if (values[bar] < values[low] || Number.isNaN(values[low])) low = bar;
        if (values[bar] > values[high] || Number.isNaN(values[high])) high = bar;
      }
      for (const bar of low === high ? [low] : low < high ? [low, high] : [high, low]) {
        x.push(bar); y.push(Number.isFinite(values[bar]) ? values[bar] : null);
      }
    }
    return { x, y };
  };
  const widest = (values, a, b, stride) => {  // columns: the value furthest from zero in each group
    const x = [], y = [];
    for (let start = a; start < b; start += stride) {
      const end = Math.min(start + stride, bars);
      let most = 0;
      for (let bar = start; bar < end; bar++) if (Math.abs(values[bar]) > Math.abs(most)) most = values[bar];
      x.push((start + end - 1) / 2); y.push(most);
    }
    return { x, y };
  };

  const SHAPES = ["triangle-down", "diamond", "triangle-up"];
  const name = axis => axis.replace("y", "yaxis");
  const shownMark = row => !hidden.has(data.mark_pattern[row]);
  const ranges = (from, to) => {
    const a = Math.max(0, Math.floor(from)), b = Math.min(bars, Math.ceil(to) + 1), found = {};
    const [low] = lowest(data.low, a, b), [, high] = lowest(data.high, a, b);
    found.y = low <= high ? [low, high] : [0, 1];
    const reach = 0.4 * (found.y[1] - found.y[0]);
    for (const trace of figure.data) {
      const { role, series } = trace.meta, axis = trace.yaxis;
      if (role === "volume") found[axis] = [0, 0];  // set from what is drawn
      if (role !== "line" && role !== "columns") continue;
      const [least, most] = lowest(data[`series${series}`], a, b);
      if (least > most) continue;
      if (axis === "y") {
        found.y = [Math.max(Math.min(least, found.y[0]), low - reach), Math.min(Math.max(most, found.y[1]), high + reach)];
      } else {
        const so = found[axis] ?? [Infinity, -Infinity];
        found[axis] = [Math.min(so[0], least, role === "columns" ? 0 : least), Math.max(so[1], most, role === "columns" ? 0 : most)];
      }
    }
    for (const { yref, y0 } of figure.layout.shapes ?? []) {
      if (found[yref]) found[yref] = [Math.min(found[yref][0], y0), Math.max(found[yref][1], y0)];
    }
    return found;
  };

  const colour = variable => getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
  const draw = () => {
    const [from, to] = view, width = target.clientWidth || 900;
    const most = Math.min(about.most.candles, Math.max(120, Math.round(width / 2.2)));
    const stride = Math.max(1, Math.ceil(Math.min(to - from, bars) / most));
    const spare = (to - from) * 0.5;
    const a = Math.max(0, Math.floor(Math.max(0, from - spare) / stride) * stride), b = Math.min(bars, Math.ceil(to + spare));
    const shown = groups(a, b, stride), range = ranges(from, to);
    const notes = stride > 1 ? [`Each candle is ${stride} bars`] : [];

    const rows = [], boxes = [];
    for (let row = at(data.mark_bar, Math.ceil(from)), end = at(data.mark_bar, Math.floor(to), true); row < end; row++) {
      if (shownMark(row)) rows.push(row);
    }
    for (let row = 0; row < marks; row++) {
      if (data.mark_until[row] >= 0 && data.mark_origin[row] <= to && data.mark_until[row] >= from && shownMark(row)) boxes.push(row);
    }
    const kept = strongest(rows, about.most.marks), zones = strongest(boxes, about.most.zones);
    if (kept.length < rows.length) notes.push(`${kept.length} of ${rows.length.toLocaleString("en")} hits in view are marked, the strongest`);
    if (zones.length < boxes.length) notes.push(`${zones.length} of ${boxes.length.toLocaleString("en")} zones in view are drawn, the strongest`);

    // Marks stand off their bar by a share of what is in view; several of one bar stand in a row.
    const height = range.y[1] - range.y[0] || Math.abs(range.y[0]) * 0.01 || 1, stacked = new Map(), price = new Map();
    for (const row of kept) {
      const bar = data.mark_bar[row], above = data.mark_direction[row] < 0, key = above ? bar : -bar - 1;
      const level = (stacked.get(key) ?? 0) + 1;
      stacked.set(key, level);
      const start = Math.floor(bar / stride) * stride, end = Math.min(start + stride, bars);
      const edge = above ? lowest(data.high, start, end)[1] : lowest(data.low, start, end)[0];
      const y = edge + (above ? 1 : -1) * (0.008 + 0.027 * level) * height;
      price.set(row, y);
      range.y = [Math.min(range.y[0], y), Math.max(range.y[1], y)];
    }

    const traces = figure.data.map(trace => {
      const { role, series, pattern, direction } = trace.meta;
      const visible = pattern !== undefined && hidden.has(pattern) ? "legendonly" : true;
      if (role === "candles") {
        return { ...trace, x: shown.x, open: shown.open, high: shown.high, low: shown.low, close: shown.close, hoverinfo: "none" };
      }
      if (role === "volume") {
        const inside = shown.volume.filter((_, place) => shown.x[place] >= from && shown.x[place] <= to);
        range[trace.yaxis] = [0, inside.reduce((most, value) => Math.max(most, value), 0) * 1.02 || 1];
        return { ...trace, x: shown.x, y: shown.volume, hoverinfo: "none", hovertemplate: null, marker: { ...trace.marker, color: shown.colour } };
      }
      if (role === "line" || role === "columns") {
        const points = (role === "line" ? line : widest)(data[`series${series}`], a, b, stride);
        return { ...trace, ...points, hoverinfo: "skip", hovertemplate: null };
      }
      if (role === "zones") {
        const x = [], y = [];
        for (const row of zones) {
          if (data.mark_pattern[row] !== pattern || data.mark_direction[row] !== direction) continue;
          const left = data.mark_origin[row] - 0.5, right = Math.min(data.mark_until[row], bars - 1) + 0.5;
          const low = data.mark_lo[row], high = data.mark_hi[row];
          x.push(left, right, right, left, left, null);
          y.push(low, low, high, high, low, null);
        }
        return { ...trace, x, y, visible };
      }
      const own = kept.filter(row => data.mark_pattern[row] === pattern);
      return {
        ...trace, visible, x: [null, ...own.map(row => data.mark_bar[row])], y: [null, ...own.map(row => price.get(row))],
        text: ["", ...own.map(row => texts[row])],  // the first point is the legend's: a shape that says no direction
        marker: { ...trace.marker, line: { width: 0.8, color: colour("--paper") }, symbol: ["circle", ...own.map(row => SHAPES[data.mark_direction[row] + 1])] },
      };
    });

    const layout = structuredClone(figure.layout);
    const [tickvals, ticktext] = ticks(from, to, Math.max(3, Math.floor(width / 95)));
    Object.assign(layout.xaxis, { range: [...view], tickmode: "array", tickvals, ticktext });
    for (const [axis, [low, high]] of Object.entries(range)) {
      const margin = axis === "y" ? 0.03 : layout[name(axis)].rangemode === "tozero" ? 0 : 0.07;
      const room = (high - low) * margin || (low === high ? Math.abs(low) * 0.01 || 1 : 0);
      Object.assign(layout[name(axis)], { range: [low - room, high + room], fixedrange: true });
    }
    layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: colour("--faint"), activecolor: colour("--ink") };
    layout.height = Math.max(figure.layout.height * 0.78, innerHeight - (target.getBoundingClientRect().top + scrollY) - 44);
    layout.font.color = colour("--soft");
    layout.hoverlabel = { bgcolor: colour("--paper"), bordercolor: colour("--faint"), font: { size: 12, color: colour("--ink") }, align: "left" };
    if (about.zone) notes.push(`Times are ${about.zone}`);
    notes.push("Drag to move, scroll to zoom, double-click to return; a name in the legend hides its pattern");
    element("note").textContent = notes.join(" · ");
    for (const button of document.querySelectorAll("nav button")) {
      const count = Number(button.value), wide = to - from;
      button.setAttribute("aria-pressed", String(count ? Math.abs(wide - count) < 8 && to >= last : from <= first && to >= last));
    }
    return Plotly.react(target, traces, layout, {
      responsive: true, displaylogo: false, showTips: false, scrollZoom: true, doubleClick: false,
      modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "toImage"]],
    });
  };

  const show = (from, to) => {
    const wide = Math.min(Math.max(to - from, 5), bars * 1.2 + 6), middle = (from + to) / 2;
    const start = Math.min(Math.max(middle - wide / 2, first - wide * 0.2), last - wide * 0.2);
    view = [start, start + wide];
    return draw();
  };
  const home = [...view];

  // What the mouse is over, in words.
  const number = value => Number.isFinite(value) ? Number(value.toPrecision(7)).toLocaleString("en", { maximumFractionDigits: 10 }) : "–";
  const read = bar => {
    const before = bar > 0 ? data.close[bar - 1] : data.open[bar], change = 100 * (data.close[bar] / before - 1);
    const parts = [`<span><b>${moment(bar)}</b></span>`];
    for (const column of ["open", "high", "low", "close"]) parts.push(`<span>${column} <b>${number(data[column][bar])}</b></span>`);
    parts.push(`<span class="${change < 0 ? "down" : "up"}">${change >= 0 ? "+" : ""}${change.toFixed(2)} %</span>`);
    if (data.volume) parts.push(`<span>volume <b>${number(data.volume[bar])}</b></span>`);
    let title = "";
    about.series.forEach(([request, output], place) => {
      const text = (request === title ? output : `${request} ${output}`).replace(/[<&]/g, "");
      title = request;
      parts.push(`<span>${text} <b>${number(data[`series${place}`][bar])}</b></span>`);
    });
    element("readout").innerHTML = parts.join("");
  };
  read(bars - 1);

  for (const count of [100, 300, 1000, 5000, 0]) {
    if (count >= bars) continue;
    const button = document.createElement("button");
    button.value = count;
    button.textContent = count ? `last ${count.toLocaleString("en")}` : "all";
    button.onclick = () => count ? show(last - count, last + Math.min(6, count * 0.04)) : show(first, last + bars * 0.01);
    document.querySelector("nav").append(button);
  }
  await draw();
  target.on("plotly_relayout", change => {
    const [from, to] = change["xaxis.range"] ?? [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (Number.isFinite(from) && Number.isFinite(to)) show(from, to);
    else if (change["xaxis.autorange"]) show(first, last);
  });
  target.on("plotly_doubleclick", () => show(...home));
  target.on("plotly_legendclick", event => {
    const pattern = figure.data[event.curveNumber].meta.pattern;
    if (pattern === undefined) return true;
    if (!hidden.delete(pattern)) hidden.add(pattern);
    draw();
    return false;
  });
  target.on("plotly_legenddoubleclick", () => false);
  target.addEventListener("mousemove", event => {
    const axis = target._fullLayout.xaxis;
    const bar = Math.round(axis.p2d(event.clientX - target.getBoundingClientRect().left - axis._offset));
    if (bar >= 0 && bar < bars) read(bar);
  });
  addEventListener("keydown", event => {
    const [from, to] = view, wide = to - from;
    const moves = { ArrowLeft: -0.2, ArrowRight: 0.2 }, zooms = { "+": 0.7, "=": 0.7, "-": 1.4 };
    if (event.key in moves) show(from + moves[event.key] * wide, to + moves[event.key] * wide);
    if (event.key in zooms) show(to - wide * zooms[event.key], to);
  });
  let width = target.clientWidth;
  addEventListener("resize", () => { if (target.clientWidth !== width) { width = target.clientWidth; draw(); } });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  window.chart = { show, draw };
  document.documentElement.dataset.charts = "ready";
})().catch(error => {
  document.getElementById("chart").textContent = "The chart could not be drawn: " + error.message;
});
