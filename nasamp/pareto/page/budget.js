// What fits my CPU: the best model within a budget.

function startBudget() {
  const measure = $("#measure");
  measure.append(...data.budgets.map((column) => element("option", { value: column }, quantities.get(column).axis)));
  if (!data.budgets.length) return;
  measure.addEventListener("change", () => resetBudget());
  $("#budget").addEventListener("input", () => { $("#budget-number").value = steps()[$("#budget").value]; showBudget(); });
  $("#budget-number").addEventListener("input", () => {
    const affordable = steps().filter((cost) => cost <= Number($("#budget-number").value)).length;
    $("#budget").value = Math.max(affordable - 1, 0);
    showBudget();
  });
  $("#take").addEventListener("click", () => choose(bestWithin()));
  let last = null;
  watch(() => {
    if (shown.recording !== last) resetBudget();
    last = shown.recording;
  });
}

/** Return the distinct costs of the competing models, ascending. */
function steps() {
  const costs = competing().map((each) => each.value[$("#measure").value]).filter((cost) => cost !== undefined);
  return [...new Set(costs)].sort((a, b) => a - b);
}

function resetBudget() {
  const costs = steps();
  const middle = costs.length >> 1;
  const slider = $("#budget");
  [slider.min, slider.max, slider.step, slider.value] = [0, Math.max(costs.length - 1, 0), 1, middle];
  $("#budget-number").value = costs[middle] ?? "";
  showBudget();
}

/** Return the best model within the budget by the first objective; of equal ones the cheapest. */
function bestWithin(budget = Number($("#budget-number").value)) {
  const column = $("#measure").value;
  const [quality] = data.objectives;
  const sign = quantities.get(quality).better === "higher" ? -1 : 1;
  const affordable = competing().filter((each) => each.value[column] <= budget);
  return affordable.sort((a, b) => sign * (a.value[quality] - b.value[quality]) || a.value[column] - b.value[column])[0];
}

function showBudget() {
  const column = $("#measure").value;
  const cost = quantities.get(column);
  const budget = Number($("#budget-number").value);
  const best = bestWithin(budget);
  const answer = $("#fits");
  $("#take").hidden = !best;
  if (!best) {
    answer.replaceChildren(steps().length
      ? `No model fits. The cheapest has ${steps()[0].toLocaleString("en")} (${cost.label}).` : "No model to choose.");
    $("#fits-files").replaceChildren();
    return;
  }
  $("#budget").setAttribute("aria-valuetext", `${withUnit(best, column)}: ${best.name}`);
  const engine = column.startsWith("rtf") && best.engine ? ` in ${best.engine}` : "";
  const core = column.startsWith("rtf") ? ` (${percent(best.value[column])} of one core)` : "";
  answer.replaceChildren(
    element("strong", {}, best.name),
    ` is the best model with ${cost.label}${engine} up to ${budget.toLocaleString("en")}: it has ${withUnit(best, column)}${core}`,
    ` and a validation ESR of ${withUnit(best, "val_esr")} (${withUnit(best, "val_esr_db")}). `,
    nextBetter(best, column),
  );
  $("#fits-files").replaceChildren(...fileLinks(best.files));
}

/** Return the cost and the gain of the next better model, as text. */
function nextBetter(best, column) {
  const better = steps().filter((cost) => cost > best.value[column]).map((cost) => bestWithin(cost))
    .find((each) => each !== best);
  if (!better) return "No model is better at any cost.";
  const more = percent(better.value[column] / best.value[column] - 1);
  const gain = (best.value.val_esr_db - better.value.val_esr_db).toFixed(1);
  return `The next better model, ${better.name}, costs ${more} more and gains ${gain} dB.`;
}

function percent(share) {
  const value = 100 * share;
  return `${value >= 100 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(2))} %`;
}
