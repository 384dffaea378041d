import { expect, test } from "vitest";
import type { CpuReading } from "../cpu-reader.js";
import { nodesWindow } from "./driver-cpu.js";

const reading = (atNs: number, userNs: number): CpuReading => ({
  atNs,
  cpus: 4,
  node: { userNs, systemNs: 1, softirqNs: 2, irqNs: 0, stealNs: 0, idleNs: userNs, stealTicks: 0 },
  processes: [],
});

test("a call between two nodes is paid by both; on one node, by that one", () => {
  const one = nodesWindow({ server: reading(0, 100), caller: null }, { server: reading(50, 400), caller: null });
  expect(one).toMatchObject({ durationNs: 50, cpus: 4, node: { userNs: 300, idleNs: 300 } });
  const two = nodesWindow(
    { server: reading(0, 100), caller: reading(7, 1000) },
    { server: reading(50, 400), caller: reading(57, 1700) },
  );
  expect(two).toMatchObject({ durationNs: 50, cpus: 8, node: { userNs: 1000, idleNs: 1000, stealTicks: 0 } });
});
