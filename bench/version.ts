/** The version of this tollgate, as package.json has it. */
import { readFileSync } from "node:fs";
import { resourcePath } from "../proto/package-root.js";

export const version: string = (JSON.parse(readFileSync(resourcePath("package.json"), "utf8")) as { version: string })
  .version;
