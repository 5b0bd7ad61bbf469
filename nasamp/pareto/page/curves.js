// The training curves of all runs, those of the chosen model highlighted.

const DASHES = ["dot", "solid", "dash", "dashdot"]; // by phase, from the first to the last

function startCurves() {
  if (!data.recordings.some((recording) => recording.curves.length)) return;
  for (const id of ["#curve-x", "#curve-y"]) $(id).addEventListener("change", drawCurves);
  watch(drawCurves);
  $("#curves-plot").on("plotly_click", ({ points }) => choose(point(points[0].data.meta)));
  theme.addEventListener("change", drawCurves);
}

function drawCurves() {
  const [x, y] = [$("#curve-x").value, $("#curve-y").value];
  const colours = palette();
  const phases = [...new Set(shown.recording.curves.map((each) => each.phase))];
  const isChosen = (each) => shown.model && each.point === shown.model.id;
  const ordered = [...shown.recording.curves].sort((a, b) => isChosen(a) - isChosen(b));
  const named = new Set();
  const traces = ordered.map((each) => {
    const chosen = isChosen(each);
    const group = chosen ? `${shown.model.name}, ${each.phase}` : each.phase;
    const isFirst = !named.has(group);
    named.add(group);
    return {
      x: each[x], y: each[y], type: "scatter", mode: each[x].length > 1 ? "lines" : "markers",
      name: group, legendgroup: group, showlegend: isFirst, meta: each.point,
      line: { color: chosen ? colours.accent : colours.soft, width: chosen ? 3 : 1,
        dash: phases.length > 1 ? DASHES[Math.min(phases.indexOf(each.phase), 3)] : "solid" },
      marker: { color: chosen ? colours.accent : colours.soft },
      opacity: chosen ? 1 : 0.55,
      hovertemplate: `${each.name}<br>${x} %{x}<br>%{y:.4g}<extra></extra>`,
    };
  });
  const layout = {
    ...plainLayout(colours),
    xaxis: { title: { text: { step: "steps of the optimizer", epoch: "passes over the training part" }[x] },
      gridcolor: colours.line, zeroline: false, automargin: true, tickformat: PLAIN },
    yaxis: { title: { text: $("#curve-y").selectedOptions[0].text }, type: "log", gridcolor: colours.line, dtick: "D2",
      tickformat: PLAIN, automargin: true },
  };
  Plotly.react("curves-plot", traces, layout, PLOT_SETTINGS);
}
