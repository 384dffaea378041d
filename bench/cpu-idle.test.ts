import { describe, expect, it } from "vitest";
import { holdCpusAwake, type IdleFiles } from "./cpu-idle.js";

describe("holding CPUs awake", () => {
  it("asks for no latency at all, for as long as it is held", async () => {
    const machine = machineWith({ driver: "haltpoll\n", state: "POLL\n" });
    {
      await using held = await holdCpusAwake(machine.files);
      expect(held.idle).toBe("polls");
      expect(machine.held).toEqual([["/dev/cpu_dma_latency", [0, 0, 0, 0]]]);
    }
    expect(machine.held).toEqual([]);
  });

  it.each([
    ["no cpuidle driver is there", { driver: "none\n", state: "POLL\n" }],
    ["the shallowest state is no polling", { driver: "intel_idle\n", state: "C1\n" }],
    ["the kernel tells nothing of idle CPUs", { driver: null, state: null }],
    ["it may not ask", { driver: "haltpoll\n", state: "POLL\n", refuse: true }],
  ])("says that CPUs halt where %s", async (_, kind) => {
    const machine = machineWith(kind);
    await using held = await holdCpusAwake(machine.files);
    expect(held.idle).toBe("halts");
    expect(machine.held).toEqual([]);
  });
});

interface Kind {
  readonly driver: string | null;
  readonly state: string | null;
  readonly refuse?: boolean;
}

function machineWith({ driver, state, refuse = false }: Kind): { files: IdleFiles; held: [string, number[]][] } {
  const held: [string, number[]][] = [];
  const files: IdleFiles = {
    read: (path) => {
      const text = path.endsWith("current_driver") ? driver : state;
      return text === null ? Promise.reject(new Error("ENOENT")) : Promise.resolve(text);
    },
    hold: (path, bytes) => {
      if (refuse) return Promise.reject(new Error("EACCES"));
      const one: [string, number[]] = [path, [...bytes]];
      held.push(one);
      const release = (): Promise<void> => Promise.resolve(void held.splice(held.indexOf(one), 1));
      return Promise.resolve({ [Symbol.asyncDispose]: release });
    },
  };
  return { files, held };
}
