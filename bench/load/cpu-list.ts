/** `--cpus 1` or `--cpus 0,2-3`: which CPUs the workers may run on. */
import { availableParallelism, cpus } from "node:os";
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { Reader } from "../options.js";

/** @throws Fault for a list that cannot be read and for CPUs that are not there */
export function cpuList(
  flag: string,
  present: number = Math.max(cpus().length, availableParallelism()),
): Reader<readonly number[]> {
  return (text) => {
    const parts = text.split(",").map((part) => /^(\d+)(?:-(\d+))?$/.exec(part.trim()));
    const listed = parts.flatMap((match) => {
      if (match === null) return [NaN];
      const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
      return from <= to && to - from < 4096 ? Array.from({ length: to - from + 1 }, (_, index) => from + index) : [NaN];
    });
    const there = present === 1 ? "CPU 0" : `CPUs 0 to ${present - 1}`;
    const absent = listed.filter((cpu) => cpu >= present);
    if (!listed.some(Number.isNaN) && absent.length === 0) return [...new Set(listed)];
    throw new Fault({
      fact:
        absent.length > 0 ? `${flag} ${text}: CPU ${absent[0]} is not there` : `${flag} ${text}: not a list of CPUs`,
      expected: absent.length > 0 ? `this machine has ${there}` : "numbers and ranges, e.g. 1 or 0,2-3",
      exitCode: EXIT.usage,
    });
  };
}

/** A CPU of its own for each worker where there are enough, else all of them for each. */
export function cpusOfWorker(listed: readonly number[] | undefined, worker: number, workers: number): string | null {
  if (listed === undefined) return null;
  return listed.length >= workers ? String(listed[worker]) : listed.join(",");
}
