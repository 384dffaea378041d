/**
 * Makes of each program that the product starts one file with all it needs, and chunks that several share: Node takes half
 * a second to find and read the few hundred modules of `tollgate run` one by one, and half of that in this form. A lab
 * starts five of them, on the CPUs of what it measures.
 */
import { readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./ensure.mjs";

/** As `programPath` (proto/package-root.ts) knows them. */
const PROGRAMS = [
  "bench/main",
  "bench/lab/supervisor-main",
  "bench/lab/probe-main",
  "bench/lab/kernel-demo/kernel-client-main",
  "loadgen/server-main",
  "loadgen/worker-main",
];

/** How both bundles of a build are made. */
export const BUNDLE = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "esm",
  // Packages in CommonJS ask for Node's own modules by `require`.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  logLevel: "warning",
  logOverride: { "direct-eval": "silent" }, // protobufjs looks for `fs` so
};

export async function bundlePrograms() {
  const outdir = join(ROOT, "dist/programs");
  const { metafile } = await build({
    ...BUNDLE,
    entryPoints: PROGRAMS.map((program) => join(ROOT, `${program}.ts`)),
    outbase: ROOT,
    outdir,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    legalComments: "linked",
    metafile: true,
  });
  removeAllBut(
    outdir,
    new Set(Object.keys(metafile.outputs).map((file) => relative(outdir, join(process.cwd(), file)))),
  );
}

/** Chunks of earlier builds; only now, since a run that is under way may still read one. */
function removeAllBut(folder, kept) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !kept.has(relative(folder, file))) rmSync(file);
  }
}
