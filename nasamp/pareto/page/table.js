// The tables of runs: sorted by a click on a column's title, filtered while typing.

function startTables() {
  for (const section of document.querySelectorAll(".runs")) {
    const table = $("table", section);
    for (const button of table.querySelectorAll("th button")) button.addEventListener("click", () => sort(table, button));
    for (const filter of section.querySelectorAll("[data-filter]")) {
      filter.addEventListener(filter.tagName === "SELECT" ? "change" : "input", () => filterRows(section));
    }
    for (const button of table.querySelectorAll("button[data-point]")) {
      button.addEventListener("click", () => { choose(point(button.dataset.point)); });
    }
    filterRows(section);
  }
  watch(() => {
    for (const button of document.querySelectorAll("button[data-point]")) {
      button.setAttribute("aria-pressed", button.dataset.point === shown.model?.id);
      button.closest("tr")?.classList.toggle("chosen", button.dataset.point === shown.model?.id);
    }
  });
}

/** Sort by a column, ascending at the first click; rows without a value stay last. */
function sort(table, button) {
  const header = button.closest("th");
  const isAscending = header.getAttribute("aria-sort") !== "ascending";
  for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
  const sign = isAscending ? 1 : -1;
  const rows = [...table.tBodies[0].rows].map((row) => [row.cells[header.cellIndex].dataset.value ?? "", row]);
  const isNumeric = header.classList.contains("number");
  rows.sort(([a], [b]) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    return sign * (isNumeric ? a - b : a.localeCompare(b, "en", { numeric: true }));
  });
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

function filterRows(section) {
  const [words, kind, phase] = ["words", "kind", "phase"].map((name) => $(`[data-filter=${name}]`, section)?.value ?? "");
  let count = 0;
  const rows = [...$("table", section).tBodies[0].rows];
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    const fits = words.toLowerCase().split(/\s+/).every((word) => text.includes(word))
      && (!kind || row.dataset.kind === kind) && (!phase || row.dataset.phase === phase);
    row.hidden = !fits;
    count += fits;
  }
  $(".count", section).textContent = count === rows.length ? counted(count, "run") : `${count} of ${counted(rows.length, "run")}`;
}
