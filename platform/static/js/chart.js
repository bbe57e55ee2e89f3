// Line charts: a figure[data-chart] names the JSON block to draw; uPlot draws, a crosshair reads.
const colour = (name) => {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
};

const fade = (rgb, share) => rgb.replace(/rgba?\(([^)]+)\)/, (_, parts) => {
  const [r, g, b] = parts.split(/[ ,/]+/);
  return `rgba(${r}, ${g}, ${b}, ${share})`;
});

const digits = (value) => {
  if (value === null || value === undefined) return "";
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toLocaleString(document.documentElement.lang || undefined, {
    maximumFractionDigits: places,
  });
};

const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]; // between what is counted, not measured
const SHADES = ["--accent", "--t1", "--good", "--warn", "--t3"];

/** A line through its points; steps that hold until the next; dots, which marks() draws. */
function shape(line, count) {
  if (line.kind === "dots") return { width: 0, paths: () => null, points: { show: false } };
  if (line.kind !== "step") return { width: 2, points: { show: count < 3 } };
  return { width: 2, points: { show: false }, paths: window.uPlot.paths.stepped({ align: 1 }) };
}

/** Each value of a line of dots, as a filled dot, a ring or a cross: told apart without colour. */
function marks(lines, colours) {
  return (plot) => {
    const { ctx } = plot;
    const size = 4 * devicePixelRatio;
    lines.forEach((line, at) => {
      if (line.kind !== "dots") return;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = colours[at % colours.length];
      ctx.lineWidth = 1.6 * devicePixelRatio;
      line.y.forEach((value, place) => {
        if (value === null) return;
        const x = plot.valToPos(plot.data[0][place], "x", true);
        const y = plot.valToPos(value, "y", true);
        ctx.beginPath();
        if (line.mark === "cross") {
          ctx.moveTo(x - size * 0.8, y - size * 0.8);
          ctx.lineTo(x + size * 0.8, y + size * 0.8);
          ctx.moveTo(x + size * 0.8, y - size * 0.8);
          ctx.lineTo(x - size * 0.8, y + size * 0.8);
        } else {
          ctx.arc(x, y, size, 0, 2 * Math.PI);
        }
        if (line.mark === "dot") ctx.fill();
        else ctx.stroke();
      });
      ctx.restore();
    });
  };
}

/** Columns for uPlot: each line, then its low and high where they are given. */
function columns(data, colours) {
  const rows = [data.x];
  const series = [{}];
  const bands = [];
  data.series.forEach((line, at) => {
    const stroke = colours[at % colours.length];
    const own = rows.push(line.y) - 1;
    series.push({ label: line.label, stroke, ...shape(line, data.x.length) });
    if (!line.low || !line.high) return;
    const high = rows.push(line.high) - 1;
    const low = rows.push(line.low) - 1;
    for (const edge of ["high", "low"]) {
      series.push({ label: `${line.label} ${edge}`, stroke: "transparent", width: 0, points: { show: false }, of: own });
    }
    bands.push({ series: [high, low], fill: fade(stroke, 0.16) });
  });
  return { rows, series, bands, colours };
}

function referenceLine(reference, ink, surface) {
  return (plot) => {
    if (!reference) return;
    const { ctx, bbox } = plot;
    const y = plot.valToPos(reference.value, "y", true);
    ctx.save();
    ctx.strokeStyle = ink;
    ctx.fillStyle = ink;
    ctx.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = `${12 * devicePixelRatio}px Inter, sans-serif`;
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    const words = `${reference.label} ${digits(reference.value)}`;
    ctx.setLineDash([]);
    ctx.strokeStyle = surface;
    ctx.lineWidth = 4 * devicePixelRatio;
    ctx.strokeText(words, bbox.left + bbox.width, y - 4 * devicePixelRatio); // legible over marks
    ctx.fillText(words, bbox.left + bbox.width, y - 4 * devicePixelRatio);
    ctx.restore();
  };
}

const said = (words) => {
  const row = document.createElement("b");
  row.textContent = words;
  return row;
};

function tooltip(figure, data) {
  const box = document.createElement("div");
  box.className = "chart__tip";
  box.hidden = true;
  const xName = figure.dataset.xLabel ?? "";
  return {
    init: (plot) => plot.over.append(box),
    setCursor: (plot) => {
      const { idx, left } = plot.cursor;
      box.hidden = idx === null || idx === undefined || left < 0;
      if (box.hidden) return;
      const head = document.createElement("span");
      head.textContent = `${xName} ${digits(data.x[idx])}`.trim();
      const lines = data.notes ? data.notes[idx].map(said) : data.series.map((line) => {
        const row = document.createElement("b");
        const half = line.high && line.low ? (line.high[idx] - line.low[idx]) / 2 : null;
        const name = data.series.length > 1 ? `${line.label} ` : "";
        row.textContent = `${name}${digits(line.y[idx])}${half === null ? "" : ` ± ${digits(half)}`}`;
        return row;
      });
      box.replaceChildren(head, ...lines);
      const right = left > plot.over.clientWidth / 2;
      box.style.left = `${right ? left - box.offsetWidth - 12 : left + 12}px`;
    },
  };
}

function yRange(data) {
  return (_plot, low, high) => {
    const floor = data.reference ? Math.min(low, data.reference.value) : low;
    const top = data.reference ? Math.max(high, data.reference.value) : high;
    const room = (top - floor || Math.abs(top) || 1) * 0.08;
    return [floor >= 0 ? Math.max(0, floor - room) : floor - room, top + room];
  };
}

/** Dots at the first and the last x are seen whole. */
function xRange(data) {
  const share = data.series.some((line) => line.kind === "dots") ? 0.03 : 0;
  return (_plot, low, high) => {
    const end = data.x_max ?? high;
    const room = share && ((end - low) * share || 0.5);
    return [low - room, end + room];
  };
}

function options(figure, data, parts, ink) {
  const axis = {
    stroke: ink.text,
    font: "12px Inter, sans-serif",
    grid: { stroke: ink.line, width: 1 },
    ticks: { show: false },
    values: (_plot, ticks) => ticks.map(digits),
  };
  const tip = tooltip(figure, data);
  return {
    width: figure.clientWidth,
    height: Number(figure.dataset.height ?? 260),
    series: parts.series,
    bands: parts.bands,
    legend: { show: false },
    scales: {
      x: { time: false, range: xRange(data) },
      y: { range: yRange(data) },
    },
    axes: [{ ...axis, grid: { show: false }, incrs: data.x.every(Number.isInteger) && (data.notes || data.counted) ? WHOLE : undefined }, { ...axis, size: 52 }],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    hooks: { init: [tip.init], setCursor: [tip.setCursor], draw: [marks(data.series, parts.colours), referenceLine(data.reference, ink.text, ink.surface)] },
  };
}

/** Arrows move the crosshair, so that the values can be read without a mouse. */
function keys(figure, data, plot) {
  figure.tabIndex = 0;
  figure.setAttribute("role", "img");
  figure.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = Math.min(data.x.length - 1, Math.max(0, (plot.cursor.idx ?? -1) + step));
    plot.setCursor({ left: plot.valToPos(data.x[at], "x"), top: 10 });
    document.getElementById("live").textContent = figure.querySelector(".chart__tip").innerText;
  });
}

function draw(figure) {
  const source = document.getElementById(figure.dataset.chart);
  if (!source || !window.uPlot) return;
  const data = JSON.parse(source.textContent);
  figure.replaceChildren();
  if (!data.x?.length) return;
  const ink = { text: colour("--t3"), line: colour("--line"), surface: colour("--s1") };
  const inks = data.series.map(({ ink }, at) => colour(ink ? `--${ink}` : SHADES[at % SHADES.length]));
  const parts = columns(data, inks);
  const plot = new window.uPlot(options(figure, data, parts, ink), parts.rows, figure);
  figure.plot = plot;
  keys(figure, data, plot);
  const last = data.series[0].y.at(-1);
  const name = figure.dataset.yLabel ?? data.series[0].label;
  figure.setAttribute("aria-label", `${name}: ${digits(last)} (${figure.dataset.xLabel ?? "x"} ${digits(data.x.at(-1))})`);
}

const figures = (scope) => scope.querySelectorAll?.("[data-chart]") ?? [];

const redraw = () => figures(document).forEach(draw);

addEventListener("resize", () => {
  for (const figure of figures(document)) {
    figure.plot?.setSize({ width: figure.clientWidth, height: figure.plot.height });
  }
});
document.addEventListener("themechange", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.addEventListener("htmx:load", (event) => figures(event.detail.elt.parentNode ?? document).forEach(draw));
redraw();
