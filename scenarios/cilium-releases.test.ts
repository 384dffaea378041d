import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../proto/package-root.js";
import { envoyOfCilium } from "./cilium-envoy.js";
import { ciliumRelease, isAtLeast, releaseName, traitsOf } from "./cilium-releases.js";
import { onlyWhere } from "../proto/only-where.test-helper.js";

const shared = join(packageRoot, "../shared/cilium");

/** The rows of stable releases: [cilium, ...other columns]. */
function table(file: string): string[][] {
  const rows = readFileSync(join(shared, file), "utf8").trim().split("\n").slice(1);
  return rows.map((row) => row.split("\t")).filter(([cilium]) => cilium?.includes("-") === false);
}

describe("naming a release", () => {
  test("a minor, a patch and a tag are all understood", () => {
    expect(["1.18", "1.18.4", "v1.18.4"].map((text) => releaseName(ciliumRelease(text)))).toEqual([
      "1.18",
      "1.18.4",
      "1.18.4",
    ]);
  });

  test("what is no known release is refused with the known ones", () => {
    for (const text of ["1.13", "1.21.0", "1.20.0-rc.1", "latest", ""]) {
      expect(() => ciliumRelease(text), text).toThrow("is not a Cilium release that tollgate knows");
    }
  });

  test("a minor alone counts as its newest patch, and 1.9 is not read as newer than 1.10", () => {
    expect(isAtLeast(ciliumRelease("1.16"), ciliumRelease("1.16.8"))).toBe(true);
    expect(isAtLeast(ciliumRelease("1.16.7"), ciliumRelease("1.16.8"))).toBe(false);
    expect(isAtLeast(ciliumRelease("1.20.0"), ciliumRelease("1.14.19"))).toBe(true);
  });
});

describe("Envoy of a release", () => {
  test("a patch release may bring another Envoy minor", () => {
    expect(envoyOfCilium("1.19.2")).toEqual({ cilium: "1.19.2", minor: "1.35", version: "1.35.9" });
    expect(envoyOfCilium("1.19.3")).toEqual({ cilium: "1.19.3", minor: "1.36", version: "1.36.6" });
  });

  test("a minor stands for its newest known patch", () => {
    expect(envoyOfCilium("1.18")).toEqual({ cilium: "1.18.12", minor: "1.36", version: "1.36.9" });
  });

  test("releases that never were, or are newer than the table, are a fault and no guess", () => {
    expect(() => envoyOfCilium("1.16.14")).toThrow("1.16.14");
    expect(() => envoyOfCilium("1.19.99")).toThrow("1.19.99");
  });

  test(
    "the table agrees with every stable chart",
    onlyWhere(existsSync(shared), "../shared is not beside this checkout"),
    () => {
      const rows = table("envoy-by-cilium-release.tsv").filter(([cilium]) => !cilium?.startsWith("1.21"));
      expect(rows.length).toBeGreaterThan(90);
      for (const [cilium = "", , envoy] of rows) expect(envoyOfCilium(cilium).version, cilium).toBe(envoy);
    },
  );
});

describe("traits", () => {
  test("the article's parser is accepted up to 1.19 and gone in 1.20", () => {
    expect(traitsOf(ciliumRelease("1.19.6")).proxylib).toBe(true);
    expect(traitsOf(ciliumRelease("1.20.0")).proxylib).toBe(false);
  });

  test("how a call is refused changes inside a minor", () => {
    const refusals = ["1.14.12", "1.14.19", "1.15.6", "1.15.14", "1.15.15", "1.17.1", "1.17.2"].map(
      (text) => traitsOf(ciliumRelease(text)).refusal,
    );
    expect(refusals).toEqual([
      "after-upstream-connect",
      "filter-booked-twice",
      "after-upstream-connect",
      "filter-booked-twice",
      "filter",
      "filter-booked-twice",
      "filter",
    ]);
  });

  test(
    "the proxy's traits agree with the sources read per release",
    onlyWhere(existsSync(shared), "../shared is not beside this checkout"),
    () => {
      const refusals: Record<string, string> = {
        "upstream-callback": "after-upstream-connect",
        "filter:reply-then-log": "filter-booked-twice",
        "filter:log-then-reply": "filter",
      };
      for (const [cilium = "", , , denial = "", , , counter] of table("proxy-behaviour-by-cilium-release.tsv")) {
        const traits = traitsOf(ciliumRelease(cilium));
        expect(traits.refusal, cilium).toBe(refusals[denial]);
        expect(traits.missingTlsContextCounter, cilium).toBe(counter === "y");
      }
    },
  );
});
