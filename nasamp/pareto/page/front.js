// The plot of the front: every model as a point, on axes that the reader chooses.

const PLAIN = ",.12~g"; // 0.002 and 10,000 rather than powers
const NARROW = 600; // pixels
const WIDE = 8; // largest over smallest number, from which on an axis is logarithmic

const PLOT_SETTINGS = {
  responsive: true,
  displaylogo: false,
  displayModeBar: innerWidth >= NARROW, // it would cover the legend
  modeBarButtons: [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]],
};

function startFront() {
  const [x, y] = [$("#x-axis"), $("#y-axis")];
  for (const select of [x, y]) {
    select.append(...data.quantities.map((each) => element("option", { value: each.column }, each.axis)));
  }
  x.value = quantities.has(data.cost) ? data.cost : data.objectives[1];
  y.value = quantities.has("val_esr_db") ? "val_esr_db" : data.objectives[0];
  for (const name of ["x", "y"]) {
    setLogarithm(name);
    $(`#${name}-axis`).addEventListener("change", () => { setLogarithm(name); drawFront(); });
    $(`#${name}-log`).addEventListener("change", drawFront);
  }
  $("#references").addEventListener("change", drawFront);
  watch(drawFront);
  $("#front-plot").on("plotly_click", ({ points }) => choose(point(points[0].customdata)));
  theme.addEventListener("change", drawFront);
}

/** Choose a logarithmic scale where the numbers are positive and span a wide range; decibels are logarithms already. */
function setLogarithm(name) {
  const [box, column] = [$(`#${name}-log`), $(`#${name}-axis`).value];
  const values = shown.recording.points.map((each) => each.value[column] ?? NaN).filter(isFinite);
  box.disabled = quantities.get(column).unit === "dB" || !values.every((value) => value > 0);
  box.checked = !box.disabled && Math.max(...values) > WIDE * Math.min(...values);
}

function drawFront() {
  const [x, y] = [$("#x-axis").value, $("#y-axis").value];
  const there = drawn();
  const colours = palette();
  const lines = references(x, y);
  const traces = [
    referenceRoom(lines, there, x, y),
    edgeTrace(there.filter((each) => each.kind !== "scan"), x, y, colours),
    ...["scan", "dominated", "front"].map((kind) => pointsTrace(there.filter((each) => each.kind === kind), kind, x, y,
      colours)),
    chosenTrace(there.filter((each) => each === shown.model), x, y, colours),
  ].filter(Boolean);
  const layout = {
    ...plainLayout(colours),
    xaxis: axis(x, $("#x-log").checked, colours),
    yaxis: axis(y, $("#y-log").checked, colours),
    ...referenceLines(lines, colours),
    showlegend: false, // the page has its own below the plot
  };
  Plotly.react("front-plot", traces, layout, PLOT_SETTINGS);
  const missing = shown.recording.points.length - there.length;
  $("#front-note").textContent = missing
    ? `Without a number on one of these axes: ${missing} of ${counted(shown.recording.points.length, "model")}.` : "";
}

/** Return the models that have a number for both axes. */
function drawn() {
  const [x, y] = [$("#x-axis").value, $("#y-axis").value];
  return shown.recording.points.filter((each) => each.value[x] !== undefined && each.value[y] !== undefined);
}

function pointsTrace(models, kind, x, y, colours) {
  if (!models.length) return null;
  const colour = { front: colours.front, dominated: colours.plain, scan: colours.soft }[kind];
  const size = { front: 11, dominated: 9, scan: 8 }[kind];
  return {
    ...places(models, x, y),
    type: "scatter",
    mode: "markers",
    name: SHAPES[kind].word,
    marker: { symbol: SHAPES[kind].symbol, size, color: colour, line: { width: kind === "scan" ? 1.4 : 0.8,
      color: kind === "front" ? colours.ink : colour } },
    error_x: spreads(models, x, colours),
    error_y: spreads(models, y, colours),
    customdata: models.map((each) => each.id),
    text: models.map(card),
    hovertemplate: "%{text}<extra></extra>",
  };
}

/** Return the front on these two axes alone, as a staircase. */
function edgeTrace(models, x, y, colours) {
  const signs = [x, y].map((column) => ({ lower: 1, higher: -1 })[quantities.get(column).better]);
  if (signs.includes(undefined)) return null;
  const ordered = models.map((each) => [each.value[x] * signs[0], each.value[y] * signs[1], each])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const edge = [];
  for (const [, height, model] of ordered) {
    if (!edge.length || height < edge.at(-1)[0]) edge.push([height, model]);
  }
  return {
    ...places(edge.map(([, model]) => model), x, y),
    type: "scatter",
    mode: "lines",
    name: "front on these two axes",
    line: { color: colours.edge, width: 1.6, shape: "hv" },
    hoverinfo: "skip",
  };
}

function chosenTrace(models, x, y, colours) {
  return {
    ...places(models, x, y),
    type: "scatter",
    mode: "markers",
    name: "chosen",
    marker: { symbol: "circle-open", size: 22, color: colours.accent, line: { width: 2.5 } },
    hoverinfo: "skip",
    showlegend: models.length > 0,
  };
}

function places(models, x, y) {
  return { x: models.map((each) => each.value[x]), y: models.map((each) => each.value[y]) };
}

/** Return bars from the lowest to the highest seed. */
function spreads(models, column, colours) {
  const reach = (end, sign) => models.map((each) => (each.seeds_from_to[column]
    ? sign * (each.seeds_from_to[column][end] - each.value[column]) : 0));
  const [down, up] = [reach(0, -1), reach(1, 1)];
  return { type: "data", symmetric: false, array: up, arrayminus: down, visible: up.some(Boolean),
    color: colours.soft, thickness: 1, width: 3 };
}

/** Return the text about the model under the pointer. */
function card(model) {
  const kind = SHAPES[model.kind];
  const lines = [`<b>${model.name}</b>  ${kind.glyph} ${kind.word}, ${model.phase}`];
  if (model.seeds > 1) lines.push(`means over ${model.seeds} seeds`);
  for (const column of data.shown) {
    if (model.text[column] !== undefined) lines.push(`${quantities.get(column).label}: ${withUnit(model, column)}`);
  }
  if (model.engine && model.text.rtf_mean) lines.push(`<i>${model.engine}</i>`);
  return lines.join("<br>");
}

function axis(column, isLogarithmic, colours) {
  return {
    title: { text: quantities.get(column).axis, standoff: 10 },
    type: isLogarithmic ? "log" : "linear",
    gridcolor: colours.line, linecolor: colours.line, zeroline: false, automargin: true,
    ...(isLogarithmic ? { dtick: "D2" } : {}),
    tickformat: PLAIN,
  };
}

function plainLayout(colours) {
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "inherit", size: 13, color: colours.ink },
    margin: { l: 54, r: 8, t: 30, b: 48 },
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, font: { size: 12 } },
    hovermode: "closest",
    hoverlabel: { bgcolor: colours.card, bordercolor: colours.line, font: { color: colours.ink, size: 13 },
      align: "left" },
    dragmode: innerWidth < NARROW ? false : "zoom", // a finger scrolls the page
    modebar: { color: colours.soft, activecolor: colours.ink, bgcolor: "rgba(0,0,0,0)" },
  };
}
