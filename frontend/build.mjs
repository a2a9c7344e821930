// Builds the browser bundle into dist/: one script and stylesheet for every page, one for diagrams,
// a stylesheet for the API's page.
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
await rm(`${here}dist`, { recursive: true, force: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.js", "src/diagram.js", "src/docs.css"],
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome90", "firefox90", "safari15"],
  loader: { ".woff2": "file", ".woff": "file", ".ttf": "file", ".eot": "file", ".svg": "dataurl" },
  assetNames: "assets/[name]-[hash]",
  legalComments: "linked", // licences of what is bundled stand beside it
  metafile: true,
  logLevel: "warning",
});
const bytes = Object.entries(result.metafile.outputs).filter(([name]) => /\.(js|css)$/.test(name));
for (const [name, output] of bytes) console.log(`${name} ${(output.bytes / 1024).toFixed(0)} kB`);
