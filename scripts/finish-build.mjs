/**
 * After tsc: the command gets its executable bit, which tsc does not set, the pods' program is made, and the build gets
 * its stamp.
 */
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundlePods } from "./bundle-pods.mjs";
import { BUILD_STAMP, ROOT } from "./ensure.mjs";

const command = join(ROOT, "dist/bench/main.js");
if (existsSync(command)) chmodSync(command, 0o755);
await bundlePods();
writeFileSync(BUILD_STAMP, "");
