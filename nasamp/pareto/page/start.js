// Starts the page: the choice of the recording, the card of the chosen model, buttons.

function startRecordings() {
  const select = $("#recording");
  if (select) select.value = shown.recording.name;
  select?.addEventListener("change", () => chooseRecording(select.value));
  watch(() => {
    for (const part of document.querySelectorAll("[data-recording]")) {
      part.hidden = part.dataset.recording !== shown.recording.name;
    }
  });
}

function showCard() {
  const model = shown.model;
  if (!model) {
    $("#card").replaceChildren("no model to show");
    return;
  }
  const kind = SHAPES[model.kind];
  const columns = [...data.shown, "training_seconds"].filter((column) => model.text[column] !== undefined);
  const links = [["folder", "folder"], ["wandb", "W&B"]].filter(([name]) => model[name]);
  $("#card").replaceChildren(
    element("p", { class: "kind" }, `${kind.glyph} ${kind.word}, phase ${model.phase}`),
    element("h3", {}, model.name),
    ...(model.seeds > 1 ? [element("p", { class: "soft" }, `means over ${model.seeds} seeds; files of the best seed`)] : []),
    element("dl", {}, ...columns.flatMap((column) => [
      element("dt", {}, quantities.get(column).label),
      element("dd", {}, withUnit(model, column)),
    ])),
    ...(model.engine ? [element("p", { class: "soft" }, `real-time factor in ${model.engine}, ${model.machine}`)] : []),
    element("ul", { class: "files" }, ...fileLinks(model.files)),
    element("p", {}, ...links.flatMap(([name, text]) => [element("a", { href: model[name] }, text), " "])),
  );
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => {
    navigator.clipboard?.writeText($(button.dataset.copy).textContent).then(() => { button.textContent = "copied"; });
  });
}
for (const button of document.querySelectorAll("[data-hear]")) {
  button.addEventListener("click", () => {
    choose(point(button.dataset.hear));
    $("#listen").scrollIntoView();
    $("#player").focus({ preventScroll: true });
  });
}
shown.model = startingModel(shown.recording);
startRecordings();
startListening();
startBudget();
startFront();
startKeys();
startCurves();
startTables();
watch(showCard);
document.documentElement.dataset.ready = "true";
