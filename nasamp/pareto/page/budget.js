// What fits a CPU: the best model that costs no more than the reader can spend.

function startBudget() {
  const measure = $("#measure");
  measure.append(...data.budgets.map((column) => element("option", { value: column }, quantities.get(column).axis)));
  if (!data.budgets.length) return;
  measure.addEventListener("change", () => resetBudget());
  $("#budget").addEventListener("input", () => { $("#budget-number").value = steps()[$("#budget").value]; tellBudget(); });
  $("#budget-number").addEventListener("input", () => {
    const affordable = steps().filter((cost) => cost <= Number($("#budget-number").value)).length;
    $("#budget").value = Math.max(affordable - 1, 0);
    tellBudget();
  });
  $("#take").addEventListener("click", () => choose(bestWithin()));
  let last = null;
  watch(() => {
    if (shown.recording !== last) resetBudget();
    last = shown.recording;
  });
}

/** Return what the competing models cost, the cheapest first, each cost once. */
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
  tellBudget();
}

/** Return the best by the first objective within the budget; of equals the cheapest. */
function bestWithin(budget = Number($("#budget-number").value)) {
  const column = $("#measure").value;
  const [quality] = data.objectives;
  const sign = quantities.get(quality).better === "higher" ? -1 : 1;
  const affordable = competing().filter((each) => each.value[column] <= budget);
  return affordable.sort((a, b) => sign * (a.value[quality] - b.value[quality]) || a.value[column] - b.value[column])[0];
}

function tellBudget() {
  const column = $("#measure").value;
  const cost = quantities.get(column);
  const budget = Number($("#budget-number").value);
  const best = bestWithin(budget);
  const answer = $("#fits");
  $("#take").hidden = !best;
  if (!best) {
    answer.replaceChildren(steps().length
      ? `No model costs ${budget} ${cost.label} or less; the cheapest needs ${steps()[0]}.` : "No model to choose.");
    $("#fits-files").replaceChildren();
    return;
  }
  $("#budget").setAttribute("aria-valuetext", `${said(best, column)}: ${best.name}`);
  const engine = column.startsWith("rtf") && best.engine ? ` in ${best.engine}` : "";
  const short = column.startsWith("rtf") ? "" : "of them";
  const core = column.startsWith("rtf") ? `, ${percent(best.value[column])} of one core` : "";
  answer.replaceChildren(
    element("strong", {}, best.name),
    ` is the best model up to ${budget.toLocaleString("en")} ${cost.label}${engine}. It needs ${said(best, column)} ${short}${core}, `,
    `and its error has ${percent(best.value.val_esr)} of the sound's energy (${said(best, "val_esr_db")}). `,
    nextBetter(best, column),
  );
  $("#fits-files").replaceChildren(...fileLinks(best.files));
}

/** Return what the next better model costs and gains. */
function nextBetter(best, column) {
  const better = steps().filter((cost) => cost > best.value[column]).map((cost) => bestWithin(cost))
    .find((each) => each !== best);
  if (!better) return "No better one was found at any cost.";
  const more = percent(better.value[column] / best.value[column] - 1);
  const gain = (best.value.val_esr_db - better.value.val_esr_db).toFixed(1);
  return `The next better one, ${better.name}, costs ${more} more and gains ${gain} dB.`;
}

function percent(share) {
  const value = 100 * share;
  return `${value >= 100 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(2))} %`;
}
