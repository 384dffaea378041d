import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Fault, renderFault } from "../loadgen/fault.js";
import { resourcePath } from "../proto/package-root.js";
import { publishedSchema, readHeader, SCHEMA_VERSION, type Migration } from "./run-record.js";
import { syntheticRun } from "./synthetic-run.js";

const { header, probes } = syntheticRun({ blocks: 1, scenarios: ["no-policy"], callsPerTrial: 1 });

function refusal(text: string): string {
  try {
    readHeader(text, "x/run.json");
    return "read";
  } catch (error) {
    return error instanceof Fault ? renderFault(error) : `not a fault: ${String(error)}`;
  }
}

describe("a run.json", () => {
  test("of this version is read as it is", () => {
    expect(readHeader(JSON.stringify(header), "x").header).toEqual(header);
  });

  test("of a newer version is refused, naming the version that reads it", () => {
    const newer = { ...header, schema: SCHEMA_VERSION + 1, tollgate: "7.2.0", design: "made otherwise" };
    expect(refusal(JSON.stringify(newer))).toBe(
      [
        "tollgate: x/run.json was written by a newer tollgate",
        "  expected  schema 1 or older",
        "  seen      schema 2, written by tollgate 7.2.0",
        "  so        reading it with this version could misread its numbers",
        "  try       tollgate 7.2.0 or newer reads it",
      ].join("\n"),
    );
  });

  test("of an older version is migrated step by step, its events too", () => {
    const steps: [number, Migration][] = [
      [
        -1,
        {
          header: ({ name, ...rest }) => ({ ...rest, identity: name }),
          event: (event) => ({ ...(event as object), kind: "was-probe" }),
        },
      ],
      [
        0,
        {
          header: ({ identity, ...rest }) => ({ ...rest, id: identity }),
          event: (event) => ({ ...(event as object), kind: "probe" }),
        },
      ],
    ];
    const { id, ...rest } = header;
    const ancient = JSON.stringify({ ...rest, name: id, schema: -1 });
    const read = readHeader(ancient, "x", new Map(steps));
    expect(read.header).toEqual(header);
    expect(read.readEvent({ kind: "probe-of-old", probe: probes[0] })).toEqual({ kind: "probe", probe: probes[0] });
  });

  test("of a version that never was is refused", () => {
    expect(refusal(JSON.stringify({ ...header, schema: -5 }))).toMatch(/schema -5 was never written by any tollgate/);
    expect(refusal(JSON.stringify({ ...header, schema: "1" }))).toMatch(/schema: expected a number/);
  });

  test("that is no record is refused with what is wrong", () => {
    expect(refusal("")).toMatch(/x\/run.json cannot be read/);
    expect(refusal("[]")).toMatch(/it is no object/);
    expect(refusal(JSON.stringify({ ...header, environment: "moon" }))).toMatch(/environment: Invalid option/);
    const { design: _, ...withoutDesign } = header;
    expect(refusal(JSON.stringify(withoutDesign))).toMatch(/design: /);
  });
});

describe("an event", () => {
  const { readEvent } = readHeader(JSON.stringify(header), "x");
  const seal = (file: string) => ({ file, bytes: 1, sha256: "0".repeat(64) });
  const end = { state: "complete", at: "2026-11-23T18:30:00.000Z", message: null, warnings: [] };

  test("may not name a file outside the run's folder", () => {
    expect(() => readEvent({ kind: "end", end, seals: [seal("run.json"), seal("trials/0001-a.hlog")] })).not.toThrow();
    for (const file of ["../run.json", "trials/../../x.hlog", "/etc/passwd", "trials/a/b.hlog"]) {
      expect(() => readEvent({ kind: "end", end, seals: [seal(file)] }), file).toThrow("seals.0.file");
    }
  });

  test("of an unknown kind is refused", () => {
    expect(() => readEvent({ kind: "party" })).toThrow(/kind/);
  });
});

test("the published JSON Schema is that of the code (npm run schema)", () => {
  const published: unknown = JSON.parse(readFileSync(resourcePath("results/run.schema.json"), "utf8"));
  expect(published).toEqual(JSON.parse(JSON.stringify(publishedSchema())));
});
