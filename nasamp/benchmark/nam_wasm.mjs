// Plays .nam files in the engine of Neural Amp Modeler, compiled to WebAssembly (npm: @opendaw/nam-wasm).
//
// node nam_wasm.mjs FOLDER, which is that of the npm package. A message is two uint32 (bytes of JSON, number of samples),
// the JSON, and the samples as float32; all are little-endian.
//
// stdin:  {model: .nam to load; absent: play on, sampleRate: Hz, block: samples, warmUp: blocks}, and the input
// stdout: {cpuSeconds, wallSeconds: [one per block]}, and the output; one message for each of stdin's
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const LARGEST_PAGES = 16_384; // of 64 KiB: 1 GiB, hundreds of times what a plugin's model needs

const dist = path.join(process.argv[2], "dist");

// Emscripten's loader was written for CommonJS and for browsers; a module of node has none of these three.
globalThis.require = createRequire(import.meta.url);
globalThis.__dirname = dist;
globalThis.__filename = path.join(dist, "nam.js");
const { default: createNamModule } = await import(pathToFileURL(path.join(dist, "nam.js")));
const { NamWasmModule } = await import(pathToFileURL(path.join(dist, "NamWasmModule.js")));
const wasmBinary = fs.readFileSync(path.join(dist, "nam.wasm"));

const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength / 65_536 + pages > LARGEST_PAGES) throw new RangeError("more than 1 GiB");
  return grow.call(this, pages);
};

function received(size) {
  const bytes = Buffer.alloc(size);
  for (let done = 0; done < size; ) {
    const count = fs.readSync(0, bytes, done, size - done);
    if (!count) process.exit(0); // stdin was closed
    done += count;
  }
  return bytes;
}

function send(bytes) {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(1, bytes, done);
}

// Returns what a C++ exception says: the text that the first of its words to lead to a text leads to, after the vtable.
function message(memory, exception) {
  const words = new Uint32Array(memory), letters = Buffer.from(memory);
  for (const word of words.subarray(exception / 4 + 1, exception / 4 + 4)) {
    const text = letters.subarray(word, letters.indexOf(0, word)).toString();
    if (/^[ -~]{12,}$/.test(text)) return text;
  }
  return "it cannot be loaded";
}

async function loaded({ model, sampleRate, block }) {
  const module = await createNamModule({ wasmBinary, print: console.error }); // stdout is for messages
  const engine = NamWasmModule.fromModule(module, block);
  engine.setMaxBufferSize(block);
  engine.setSampleRate(sampleRate);
  const id = engine.createInstance();
  try {
    if (!engine.loadModel(id, fs.readFileSync(model, "utf8"))) throw new Error("it cannot be loaded");
  } catch (error) {
    throw typeof error === "number" ? new Error(message(module.HEAPF32.buffer, error)) : error;
  }
  return { block, play: (input, output) => engine.process(id, input, output), reset: () => engine.reset(id) };
}

let player;
for (;;) {
  const sizes = received(8);
  const request = JSON.parse(received(sizes.readUInt32LE(0)));
  const signal = new Float32Array(received(4 * sizes.readUInt32LE(4)).buffer);
  const played = new Float32Array(signal.length);
  if (request.model) {
    player = await loaded(request);
    for (let i = 0; i < request.warmUp; i++) player.play(signal.subarray(0, player.block), played);
    player.reset(); // to the state after silence
  }
  const wallSeconds = [];
  const cpu = process.cpuUsage();
  for (let start = 0; start < signal.length; start += player.block) {
    const end = start + player.block; // subarray stops at the end of the signal
    const before = performance.now();
    player.play(signal.subarray(start, end), played.subarray(start, end));
    wallSeconds.push((performance.now() - before) / 1000);
  }
  const { user, system } = process.cpuUsage(cpu);
  const json = Buffer.from(JSON.stringify({ cpuSeconds: (user + system) / 1e6, wallSeconds }));
  sizes.writeUInt32LE(json.length, 0);
  for (const part of [sizes, json, Buffer.from(played.buffer)]) send(part);
}
