// Listening: the amp, the model and their difference, at one level and from one file, so that switching keeps the position.

const FADE = 0.015; // s; switching without a fade clicks
const sound = { context: null, gains: null, url: null, model: null };

function startListening() {
  if (!Object.keys(data.clips).length) return;
  const [select, player] = [$("#model"), $("#player")];
  select.addEventListener("change", () => choose(point(select.value)));
  player.addEventListener("play", () => { connect(); sound.context.resume(); showLevel(); });
  player.addEventListener("timeupdate", movePlayhead);
  player.addEventListener("seeked", movePlayhead);
  document.querySelectorAll("input[name=hear]").forEach((each) => each.addEventListener("change", switchTo));
  $("#louder").addEventListener("change", switchTo);
  document.querySelectorAll(".sound").forEach((each) => each.addEventListener("click", (event) => {
    const box = each.getBoundingClientRect();
    player.currentTime = (event.clientX - box.left) / box.width * (player.duration || 0);
  }));
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; drawSounds(); } });
  theme.addEventListener("change", drawSounds);
  watch(showListening);
}

function showListening() {
  const select = $("#model");
  const audible = shown.recording.points.filter((each) => data.clips[each.id]);
  select.replaceChildren(...audible.map((each) => element("option", { value: each.id },
    `${SHAPES[each.kind].glyph} ${each.name}, ${withUnit(each, "val_esr_db") ?? ""}`)));
  const has = data.clips[shown.model?.id] !== undefined;
  $("#no-clip").hidden = has;
  const name = shown.model?.name ?? "no model";
  $("#no-clip-name").textContent = name;
  if (!has) {
    select.prepend(element("option", { value: "", disabled: true }, `${name}: no clip here`));
  }
  select.value = has ? shown.model.id : "";
  if (has || !audible.includes(sound.model)) load(has ? shown.model : audible[0]);
  $("#heard-instead").textContent = sound.model?.name ?? "nothing";
}

/** Load a model's clip, and continue at the same position. */
function load(model) {
  if (!model || model === sound.model) return;
  const player = $("#player");
  const [time, wasPlaying] = [player.currentTime, !player.paused];
  const clip = data.clips[model.id];
  const bytes = Uint8Array.from(atob(clip.flac), (letter) => letter.charCodeAt(0));
  if (sound.url) URL.revokeObjectURL(sound.url);
  sound.url = URL.createObjectURL(new Blob([bytes], { type: "audio/flac" }));
  sound.model = model;
  player.src = sound.url;
  player.addEventListener("loadedmetadata", () => {
    player.currentTime = Math.min(time, player.duration);
    if (wasPlaying) player.play();
  }, { once: true });
  $("#heard").textContent = model.name;
  $("#boost").textContent = `${(20 * Math.log10(clip.boost)).toFixed(0)} dB`;
  $("#clip-facts").textContent =
    `${clip.seconds.toFixed(1)} s of the test part, which was used neither for training nor for selection. ESR of ` +
    `${model.name} in this clip: ${Number(clip.esr.toPrecision(2))} (${(10 * Math.log10(clip.esr)).toFixed(1).replace("-", MINUS)} dB). ` +
    `Its level was changed by ${signed(20 * Math.log10(clip.gain))} dB to match the amp.`;
  switchTo();
  new OfflineAudioContext(2, 1, 48000).decodeAudioData(bytes.buffer.slice(0)).then((decoded) => {
    if (sound.model !== model) return;
    sound.decoded = decoded;
    drawSounds();
  });
}

function signed(number) {
  return `${number < 0 ? MINUS : "+"}${Math.abs(number).toFixed(2)}`;
}

/** Return the gains of the left channel (the amp) and of the right one (the model) for the chosen signal. */
function mix() {
  const clip = data.clips[sound.model.id];
  const boost = $("#louder").checked ? clip.boost : 1;
  return { amp: [1, 0], model: [0, 1], difference: [-boost, boost / clip.gain] }[$("input[name=hear]:checked").value];
}

/** Build the audio graph on the first play, as browsers require: player -> both channels -> their sum. */
function connect() {
  if (sound.context) return;
  sound.context = new AudioContext();
  const splitter = sound.context.createChannelSplitter(2);
  sound.context.createMediaElementSource($("#player")).connect(splitter);
  sound.meter = new AnalyserNode(sound.context, { fftSize: 8192 });
  sound.gains = [0, 1].map((channel) => {
    const gain = sound.context.createGain();
    splitter.connect(gain, channel);
    return gain.connect(sound.meter) && gain;
  });
  sound.meter.connect(sound.context.destination);
  mix().forEach((share, channel) => { sound.gains[channel].gain.value = share; });
}

function switchTo() {
  const choice = $("input[name=hear]:checked").value;
  document.querySelectorAll(".sound").forEach((each) => each.classList.toggle("heard", each.dataset.signal === choice));
  if (!sound.context || !sound.model) return;
  const now = sound.context.currentTime;
  mix().forEach((share, channel) => sound.gains[channel].gain.setTargetAtTime(share, now, FADE / 3));
}

function drawSounds() {
  if (!sound.decoded) return;
  const [amp, model] = [0, 1].map((channel) => sound.decoded.getChannelData(channel));
  const { gain } = data.clips[sound.model.id];
  const signals = { amp, model, difference: model.map((sample, i) => sample / gain - amp[i]) };
  const colours = palette();
  document.querySelectorAll(".sound canvas").forEach((canvas) => {
    drawSound(canvas, signals[canvas.parentElement.dataset.signal], sound.decoded.sampleRate, colours);
  });
  movePlayhead();
}

function movePlayhead() {
  const { currentTime, duration } = $("#player");
  document.querySelectorAll(".playhead").forEach((each) => { each.style.left = `${100 * currentTime / (duration || 1)}%`; });
}

/** Show the RMS level of the last 0.2 s while the clip plays. */
function showLevel() {
  const samples = new Float32Array(sound.meter.fftSize);
  sound.meter.getFloatTimeDomainData(samples);
  const level = 10 * Math.log10(samples.reduce((sum, each) => sum + each * each, 1e-12) / samples.length);
  $("#level").value = `${level.toFixed(1).replace("-", MINUS)} dB`;
  if (!$("#player").paused) requestAnimationFrame(showLevel);
}
