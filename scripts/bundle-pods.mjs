/**
 * Makes the one file that runs in every pod of a cluster run: bench/cluster/program-main.ts with all it needs, for a
 * plain Node image. It travels in a ConfigMap, which holds 1 MiB at most.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { BUNDLE } from "./bundle-programs.mjs";
import { ROOT } from "./ensure.mjs";

const MOST_BYTES = 900_000;

export async function bundlePods() {
  const outfile = join(ROOT, "dist/pods/program.mjs");
  await build({
    ...BUNDLE,
    entryPoints: [join(ROOT, "bench/cluster/program-main.ts")],
    outfile,
    minify: true,
    keepNames: true, // names in stack traces are worth their bytes
    legalComments: "none",
  });
  const { size } = statSync(outfile);
  if (size > MOST_BYTES) throw new Error(`${outfile} has ${size} bytes, a ConfigMap takes ${MOST_BYTES} of them`);
}
