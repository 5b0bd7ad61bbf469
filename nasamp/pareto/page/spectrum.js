// Pictures of sound: the waveform, and the spectrogram below it.

const FRAME = 1024; // samples of a spectrum; 21 ms at 48 kHz
const FLOOR_DB = -90;
const HIGHEST = 16000; // Hz, the top of a spectrogram

/** Replace two arrays of 2^n numbers by their discrete Fourier transform. */
function transform(real, imaginary) {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
  }
  for (let half = 1; half < n; half *= 2) {
    for (let k = 0; k < half; k++) {
      const [cos, sin] = [Math.cos(-Math.PI * k / half), Math.sin(-Math.PI * k / half)];
      for (let a = k; a < n; a += 2 * half) {
        const b = a + half;
        const [re, im] = [real[b] * cos - imaginary[b] * sin, real[b] * sin + imaginary[b] * cos];
        [real[b], imaginary[b]] = [real[a] - re, imaginary[a] - im];
        [real[a], imaginary[a]] = [real[a] + re, imaginary[a] + im];
      }
    }
  }
}

/** Return the level of each frequency from `start` on, in dB of a full-scale sine, Hann window. */
function spectrum(samples, start) {
  const [real, imaginary] = [new Float64Array(FRAME), new Float64Array(FRAME)];
  for (let i = 0; i < FRAME; i++) {
    real[i] = (samples[start + i] ?? 0) * (0.5 - 0.5 * Math.cos(2 * Math.PI * i / FRAME));
  }
  transform(real, imaginary);
  return Array.from({ length: FRAME / 2 }, (_, i) =>
    20 * Math.log10(4 * Math.hypot(real[i], imaginary[i]) / FRAME + 1e-9));
}

// The colours of "inferno", by Nathaniel Smith and Stéfan van der Walt (CC0), at equal steps.
const HEAT = [[0, 0, 4], [31, 12, 72], [85, 15, 109], [136, 34, 106], [186, 54, 85], [227, 89, 51], [249, 140, 10],
  [249, 201, 50], [252, 255, 164]];

function heat(share) {
  const place = Math.min(Math.max(share, 0), 1) * (HEAT.length - 1);
  const below = Math.min(Math.floor(place), HEAT.length - 2);
  return HEAT[below].map((low, i) => low + (HEAT[below + 1][i] - low) * (place - below));
}

/** Draw a signal on a canvas: its waveform above its spectrogram. */
function drawSound(canvas, samples, rate, colours) {
  const scale = Math.min(devicePixelRatio || 1, 2);
  const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
  if (!width) return; // a window without room, or one that is not shown
  [canvas.width, canvas.height] = [width, height];
  const brush = canvas.getContext("2d");
  const waveHeight = Math.round(height * 0.4);
  drawWave(brush, samples, width, waveHeight, colours);
  const rows = height - waveHeight - 2;
  const picture = brush.createImageData(width, rows);
  const columns = Math.min(width, 420); // what the eye sees; each costs a transform
  for (let column = 0; column < columns; column++) {
    const levels = spectrum(samples, Math.round(column / columns * (samples.length - FRAME)));
    const [from, to] = [column, column + 1].map((edge) => Math.floor(edge * width / columns));
    for (let row = 0; row < rows; row++) {
      const frequency = frequencyAt(1 - row / rows);
      const level = levels[Math.min(Math.round(frequency / rate * FRAME), FRAME / 2 - 1)];
      const colour = heat(1 - level / FLOOR_DB);
      for (let x = from; x < to; x++) picture.data.set([...colour, 255], 4 * (row * width + x));
    }
  }
  brush.putImageData(picture, 0, waveHeight + 2);
}

/** Return the frequency at a height of 0 to 1: even below 1 kHz, logarithmic above, as the ear hears. */
function frequencyAt(share) {
  const mel = share * 2595 * Math.log10(1 + HIGHEST / 700);
  return 700 * (10 ** (mel / 2595) - 1);
}

function drawWave(brush, samples, width, height, colours) {
  brush.clearRect(0, 0, width, height);
  brush.fillStyle = colours.accent;
  const step = samples.length / width;
  for (let x = 0; x < width; x++) {
    let [low, high] = [0, 0];
    for (let i = Math.floor(x * step); i < (x + 1) * step; i++) {
      if (samples[i] < low) low = samples[i];
      if (samples[i] > high) high = samples[i];
    }
    brush.fillRect(x, (1 - high) * height / 2, 1, Math.max((high - low) * height / 2, 1));
  }
}
