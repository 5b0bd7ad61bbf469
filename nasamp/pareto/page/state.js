// The state of the page: its data, the recording and model that are shown, and functions to call when these change.

const data = JSON.parse(document.getElementById("data").textContent);
const quantities = new Map(data.quantities.map((quantity) => [quantity.column, quantity]));
const MINUS = "\u2212";
const SHAPES = {
  front: { glyph: "◆", word: "on the front", symbol: "diamond" },
  dominated: { glyph: "●", word: "dominated", symbol: "circle" },
  scan: { glyph: "○", word: "scan only", symbol: "circle-open" },
  incomparable: { glyph: "✕", word: "not comparable", symbol: "x" },
};

const shown = { // no model is shown for a recording whose runs cannot be compared: it has no points
  recording: data.recordings.find((recording) => recording.points.length) ?? data.recordings[0], model: undefined,
};
const watchers = [];

function $(selector, parent = document) {
  return parent.querySelector(selector);
}

/** Return a new element; attributes and children that are null, undefined or false are left out. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Call `update` now and whenever another model or recording is chosen. */
function watch(update) {
  watchers.push(update);
  update();
}

function choose(model) {
  if (!model || model === shown.model) return;
  shown.model = model;
  watchers.forEach((update) => update());
}

function chooseRecording(name) {
  shown.recording = data.recordings.find((recording) => recording.name === name);
  shown.model = startingModel(shown.recording);
  watchers.forEach((update) => update());
}

/** Return the model that is shown first: the first pick, which is the best by quality. */
function startingModel(recording) {
  return point(recording.picks[0], recording) ?? recording.points[0];
}

function point(id, recording = shown.recording) {
  return recording.points.find((each) => each.id === id);
}

/** Return a number with its noun. */
function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function competing() {
  return shown.recording.points.filter((each) => each.kind !== "scan");
}

/** Return a number of a model as text with its unit. */
function withUnit(model, column) {
  const text = model.text[column]?.replace("-", MINUS);
  const unit = quantities.get(column)?.unit;
  return text === undefined ? undefined : unit ? `${text} ${unit}` : text;
}

/** Return a model's files as links, or as names where they are not on this machine. */
function fileLinks(files) {
  return files.map((file) =>
    element("li", {}, file.href ? element("a", { href: file.href, download: true }, file.name) : file.name,
      ` ${file.plugin}`));
}

/** Return the colours of the page in the system's light or dark theme. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ink", "soft", "line", "paper", "card", "accent", "front", "edge", "plain"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

const theme = matchMedia("(prefers-color-scheme: dark)");
