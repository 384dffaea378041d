/**
 * After tsc: the programs of the product and the pods' program are made, the command gets its executable bit, and the
 * build gets its stamp.
 */
import { chmodSync, writeFileSync } from "node:fs";
import { bundlePods } from "./bundle-pods.mjs";
import { bundlePrograms } from "./bundle-programs.mjs";
import { BUILD_STAMP, COMMAND } from "./ensure.mjs";

await Promise.all([bundlePrograms(), bundlePods()]);
chmodSync(COMMAND, 0o755);
writeFileSync(BUILD_STAMP, "");
