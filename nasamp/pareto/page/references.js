// Reference models as lines on the plot of the front.

const LIMIT = "real-time limit";
const REFERENCE_COLUMNS = ["val_esr", "val_esr_db", "test_esr", "test_esr_db"];

/** Return [axis, value, text] of each line: the reference models, and the real-time limit. */
function references(x, y) {
  const lines = [];
  if (!$("#references").checked) return lines;
  for (const [column, letter] of [[x, "x"], [y, "y"]]) {
    if (REFERENCE_COLUMNS.includes(column)) {
      for (const reference of shown.recording.references) lines.push([letter, reference[column],
        reference["reference model"]]);
    } else if (column === "rtf_mean") {
      lines.push([letter, data.limit, `${LIMIT}, ${data.limit}`]);
    }
  }
  return lines.filter(([, value]) => value !== null && isFinite(value));
}

/** Return an invisible trace that extends the axes to the lines. */
function referenceRoom(lines, models, x, y) {
  const inside = lines.filter(([, value, text]) => !text.startsWith(LIMIT));
  return {
    x: inside.map(([letter, value]) => (letter === "x" ? value : models[0]?.value[x])),
    y: inside.map(([letter, value]) => (letter === "y" ? value : models[0]?.value[y])),
    type: "scatter", mode: "markers", marker: { opacity: 0 }, hoverinfo: "skip", showlegend: false,
  };
}

/** Return the lines and their labels; the lowest line has its label below, so that labels of close lines do not overlap. */
function referenceLines(drawn, colours) {
  const lowest = (letter) => Math.min(...drawn.filter(([other]) => other === letter).map(([, value]) => value));
  return {
    shapes: drawn.map(([letter, value]) => ({
      type: "line",
      ...(letter === "y" ? { xref: "paper", x0: 0, x1: 1, y0: value, y1: value }
        : { yref: "paper", y0: 0, y1: 1, x0: value, x1: value }),
      line: { color: colours.soft, width: 1, dash: "dash" },
      layer: "below",
    })),
    annotations: drawn.map(([letter, value, text]) => {
      const isLogarithmic = $(`#${letter}-log`).checked;
      const place = isLogarithmic ? Math.log10(value) : value;
      return {
        text, showarrow: false, font: { size: 11, color: colours.soft },
        ...(letter === "y"
          ? { xref: "paper", x: 1, xanchor: "right", y: place, yanchor: value === lowest("y") ? "top" : "bottom" }
          : { yref: "paper", y: 1, yanchor: "top", x: place, textangle: -90,
            xanchor: value === lowest("x") ? "right" : "left" }),
      };
    }),
  };
}
