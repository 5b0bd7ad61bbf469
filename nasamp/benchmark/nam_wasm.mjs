// Plays .nam files in the engine of Neural Amp Modeler, compiled to WebAssembly (npm: @opendaw/nam-wasm).
//
// stdin:  {package: folder of the npm package, input: file of float32, sampleRate: Hz,
//          jobs: [{model: .nam, block: samples, warmUp: blocks, output: file of float32}]}
// stdout: [{cpuSeconds, wallSeconds: [one per block]}]
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { package: folder, input, sampleRate, jobs } = JSON.parse(fs.readFileSync(0, "utf8"));
const dist = path.join(folder, "dist");

// Emscripten's loader was written for CommonJS and for browsers; a module of node has none of these three.
globalThis.require = createRequire(import.meta.url);
globalThis.__dirname = dist;
globalThis.__filename = path.join(dist, "nam.js");
const { default: createNamModule } = await import(pathToFileURL(path.join(dist, "nam.js")));
const { NamWasmModule } = await import(pathToFileURL(path.join(dist, "NamWasmModule.js")));
const wasmBinary = fs.readFileSync(path.join(dist, "nam.wasm"));

const bytes = fs.readFileSync(input);
const signal = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

async function play({ model, block, warmUp, output }) {
  const engine = NamWasmModule.fromModule(await createNamModule({ wasmBinary }), block);
  engine.setMaxBufferSize(block);
  engine.setSampleRate(sampleRate);
  const id = engine.createInstance();
  if (!engine.loadModel(id, fs.readFileSync(model, "utf8"))) throw new Error(`${model}: refused by the engine`);
  const played = new Float32Array(signal.length);
  for (let i = 0; i < warmUp; i++) engine.process(id, signal.subarray(0, block), played.subarray(0, block));
  engine.reset(id);
  const wallSeconds = [];
  const cpu = process.cpuUsage();
  for (let start = 0; start < signal.length; start += block) {
    const end = Math.min(start + block, signal.length);
    const before = performance.now();
    engine.process(id, signal.subarray(start, end), played.subarray(start, end));
    wallSeconds.push((performance.now() - before) / 1000);
  }
  const { user, system } = process.cpuUsage(cpu);
  fs.writeFileSync(output, Buffer.from(played.buffer));
  return { cpuSeconds: (user + system) / 1e6, wallSeconds };
}

const results = [];
for (const job of jobs) results.push(await play(job));
process.stdout.write(JSON.stringify(results));
