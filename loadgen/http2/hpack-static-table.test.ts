import { expect, test } from "vitest";
import {
  STATIC_ENTRIES,
  STATIC_NAMES,
  STATIC_VALUES,
  staticFieldIndex,
  staticNameIndex,
} from "./hpack-static-table.js";

test.each([
  [1, ":authority", ""],
  [3, ":method", "POST"],
  [7, ":scheme", "https"],
  [8, ":status", "200"],
  [16, "accept-encoding", "gzip, deflate"],
  [31, "content-type", ""],
  [38, "host", ""],
  [54, "server", ""],
  [61, "www-authenticate", ""],
])("entry %i of RFC 7541, appendix A, is %s: %s", (index, name, value) => {
  expect([STATIC_NAMES[index], STATIC_VALUES[index]]).toEqual([name, value]);
});

test("every entry is found by its name and value", () => {
  expect(STATIC_ENTRIES).toBe(61);
  for (let index = 1; index <= STATIC_ENTRIES; index++) {
    const name = STATIC_NAMES[index]!;
    expect(staticFieldIndex(staticNameIndex(name), name, STATIC_VALUES[index]!)).toBe(index);
  }
});

test("a name alone is found at its lowest index", () => {
  expect(staticNameIndex(":status")).toBe(8);
  expect(staticFieldIndex(staticNameIndex(":status"), ":status", "418")).toBe(0);
});

test("what is not in the table has no index, not even the empty name of index 0", () => {
  expect(staticNameIndex("grpc-status")).toBe(0);
  expect(staticNameIndex("")).toBe(0);
  expect(staticFieldIndex(0, "", "")).toBe(0);
});
