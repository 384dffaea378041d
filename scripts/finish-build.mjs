/** After tsc: the command gets its executable bit, which tsc does not set, and the build its stamp. */
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILD_STAMP, ROOT } from "./ensure.mjs";

const command = join(ROOT, "dist/bench/main.js");
if (existsSync(command)) chmodSync(command, 0o755);
writeFileSync(BUILD_STAMP, "");
