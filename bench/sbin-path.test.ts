import { expect, test } from "vitest";
import { withSbin } from "./sbin-path.js";

test("the sbin folders come last, so that nothing that was found before is found elsewhere now", () => {
  expect(withSbin("/usr/local/bin:/usr/bin:/bin")).toBe("/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
});

test("a PATH that has them stays as it is", () => {
  expect(withSbin("/sbin:/usr/sbin:/bin")).toBe("/sbin:/usr/sbin:/bin");
  expect(withSbin("/usr/sbin:/bin")).toBe("/usr/sbin:/bin:/sbin");
});

test("no PATH at all becomes the sbin folders", () => {
  expect(withSbin(undefined)).toBe("/usr/sbin:/sbin");
  expect(withSbin("")).toBe("/usr/sbin:/sbin");
});
