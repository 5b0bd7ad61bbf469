// Keyboard control of the plot: an arrow key chooses the next model in its direction, with Shift the next on the front.

const STEPS = { ArrowLeft: ["x", -1], ArrowRight: ["x", 1], ArrowDown: ["y", -1], ArrowUp: ["y", 1],
  Home: ["x", -Infinity], End: ["x", Infinity] };

function startKeys() {
  $("#front-plot").addEventListener("keydown", (event) => {
    if (!(event.key in STEPS) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault(); // the page would scroll
    choose(next(...STEPS[event.key], event.shiftKey));
    say();
  });
  $("#front-plot").addEventListener("focus", say);
}

/** Return the models sorted along one axis, then along the other. */
function along(letter, isFrontOnly) {
  const columns = [letter, letter === "x" ? "y" : "x"].map((each) => $(`#${each}-axis`).value);
  const [first, second] = columns.map((column) => (each) => each.value[column]);
  return drawn().filter((each) => !isFrontOnly || each.kind === "front" || each === shown.model)
    .sort((a, b) => first(a) - first(b) || second(a) - second(b));
}

/** Return the model that many steps along an axis, the last one beyond its end. */
function next(letter, steps, isFrontOnly) {
  const models = along(letter, isFrontOnly);
  const place = models.indexOf(shown.model) + steps;
  return models[Math.min(Math.max(place, 0), models.length - 1)];
}

/** Describe the chosen point for screen readers. */
function say() {
  const [x, y] = ["#x-axis", "#y-axis"].map((id) => $(id).value);
  const { model } = shown;
  if (!model) {
    $("#front-said").textContent = "no model to show";
    return;
  }
  const numbers = [x, y].map((column) => `${quantities.get(column).label} ${withUnit(model, column) ?? "not measured"}`);
  const models = along("x", false);
  $("#front-said").textContent =
    `${model.name}, ${SHAPES[model.kind].word}: ${numbers.join(", ")}. ${models.indexOf(model) + 1} of ${models.length}.`;
}
