import { expect, test } from "vitest";
import { found, ingress, path, PORTS, RIGHT_PATH } from "./policy-text.test-helper.js";

test("two kinds of rules in one entry make the agent refuse the policy", () => {
  const text = ingress(`${PORTS}\nrules:\n  http: [{}]\n  dns: [{matchName: a.b}]`);
  expect(found(text)).toEqual(["15:16 info allows-everything", "16:9 error several-kinds"]);
});

test("an empty rules block is an L4 allow: doubtful, and rejected where the release is known to", () => {
  expect(found(ingress(`${PORTS}\nrules: {}`))).toEqual(["14:7 warning empty-rules"]);
  expect(found(ingress(`${PORTS}\nrules: {}`), "1.15")).toEqual(["14:7 warning empty-rules"]);
  expect(found(ingress(`${PORTS}\nrules: {}`), "1.20")).toEqual(["14:7 error empty-rules"]);
  expect(found(ingress(`${PORTS}\nrules:\n  http: []`))).toEqual(["14:7 warning empty-rules"]);
  expect(found(ingress(PORTS))).toEqual([]);
});

test("a listener and L7 rules exclude each other", () => {
  const listener = "listener:\n  name: l\n  envoyConfig: {name: c}";
  expect(found(ingress(`${path(RIGHT_PATH)}\n${listener}`))).toEqual(["17:7 error listener-with-rules"]);
  expect(found(ingress(`${PORTS}\n${listener}`))).toEqual([]);
});

test("serverNames with L7 rules need terminatingTLS", () => {
  expect(found(ingress(`${path(RIGHT_PATH)}\nserverNames: [a.b]`))).toEqual(["17:7 error sni-with-rules"]);
  expect(found(ingress(`${PORTS}\nserverNames: [a.b]`))).toEqual([]);
});
