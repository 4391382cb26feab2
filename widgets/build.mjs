// Bundles every file directly under src/ into one ES module of the Python package.
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const files = await readdir(here("src"), { withFileTypes: true });
const entryPoints = files.filter((file) => file.isFile() && file.name.endsWith(".ts")).map((file) => here(`src/${file.name}`));

await build({
  entryPoints,
  outdir: here("../mrt_studio/ui/widgets/static"),
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "info",
});
