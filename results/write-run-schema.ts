/**
 * `npm run schema`: writes results/run.schema.json, the published form of the schemas in run-record.ts.
 */
import { writeFileSync } from "node:fs";
import { format } from "node:util";
import { resourcePath } from "../proto/package-root.js";
import { publishedSchema } from "./run-record.js";

const path = resourcePath("results/run.schema.json");
writeFileSync(path, `${JSON.stringify(publishedSchema(), null, 2)}\n`);
process.stdout.write(format("%s\n", path));
