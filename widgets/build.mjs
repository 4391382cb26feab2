// Bundles every file directly under src/ into one ES module of the Python package.
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const shared = { bundle: true, target: "es2022", minify: true, legalComments: "none" };

// A widget is one file, so the worker's code travels in it as text.
const worker = await build({ ...shared, entryPoints: [here("src/lib/layout/worker.ts")], format: "iife", write: false });

const files = await readdir(here("src"), { withFileTypes: true });
const entryPoints = files.filter((file) => file.isFile() && file.name.endsWith(".ts")).map((file) => here(`src/${file.name}`));

await build({
  ...shared,
  entryPoints,
  outdir: here("../mrt_studio/ui/widgets/static"),
  format: "esm",
  define: { LAYOUT_WORKER: JSON.stringify(worker.outputFiles[0].text) },
  logLevel: "info",
});
