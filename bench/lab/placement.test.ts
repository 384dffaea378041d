import { describe, expect, test } from "vitest";
import { allowedCpus, cpuList, parseCpuList, placeOn, recordedPlacement } from "./placement.js";

describe("placement", () => {
  test("on two or three CPUs keeps the generator alone on the first and gives Envoy one worker", () => {
    expect(placeOn([0, 1])).toEqual({ generator: [0], server: [1], proxy: [1], rest: [1], envoyConcurrency: 1 });
    expect(placeOn([4, 5, 6])).toMatchObject({ generator: [4], server: [5, 6], proxy: [5, 6], envoyConcurrency: 1 });
  });

  test("on one CPU has no choice", () => {
    expect(placeOn([0])).toMatchObject({ generator: [0], server: [0], proxy: [0], rest: [0] });
  });

  test("on more CPUs gives Envoy as many workers as it has CPUs, none of them anybody else's", () => {
    const placement = placeOn([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(placement).toEqual({
      generator: [0, 1],
      server: [2, 3],
      proxy: [4, 5, 6, 7, 8],
      rest: [2, 3],
      envoyConcurrency: 5,
    });
    expect(recordedPlacement(placement)).toEqual({
      cpus: 9,
      generator: "CPU 0-1",
      server: "CPU 2-3",
      proxy: "CPU 4-8",
      envoyConcurrency: 5,
    });
  });
});

describe("CPU lists", () => {
  test("are written and read as taskset does", () => {
    expect(cpuList([5, 0, 1, 2])).toBe("0-2,5");
    expect(parseCpuList("0-2,5\n")).toEqual([0, 1, 2, 5]);
    expect(parseCpuList(cpuList([3]))).toEqual([3]);
  });

  test("are taken from what the process is allowed to use", () => {
    expect(allowedCpus("Cpus_allowed:\t0c\nCpus_allowed_list:\t2-3\nMems_allowed:\t1\n")).toEqual([2, 3]);
  });
});
