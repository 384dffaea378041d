import { describe, expect, test } from "vitest";
import { Fault } from "../../loadgen/fault.js";
import type { StampLevel } from "../../results/anatomy-segments.js";
import { loadStamps } from "./stamp-level.js";

/** Programs of which some level is refused, with bpftool's words. */
function refusing(refused: readonly StampLevel[], seen: string): { load(level: StampLevel): Promise<void> } {
  const fault = new Fault({ fact: "bpftool failed", seen });
  return { load: (level) => (refused.includes(level) ? Promise.reject(fault) : Promise.resolve()) };
}

describe("the level of an anatomy", () => {
  test("is the one that was asked for, where the kernel takes it", async () => {
    expect(await loadStamps(refusing([], ""), "full")).toEqual({ level: "full", notice: null });
  });

  test.each([
    ["tcp_sendmsg_locked", "6.16"],
    ["sk_data_ready", "6.2"],
    ["sock_recv_length", "6.3"],
  ])("falls back to tc on a kernel without %s, and says which Linux brought it", async (tracepoint, since) => {
    const words = `ended with exit code 255: libbpf: prog 'tg_an_x': failed to find kernel BTF type ID of '${tracepoint}': -3`;
    const { level, notice } = await loadStamps(refusing(["full"], words), "full");
    expect(level).toBe("tc");
    expect(notice).toContain(`this kernel has no tracepoint ${tracepoint}, which came with Linux ${since}`);
    expect(notice).toContain("level tc is taken instead");
  });

  test("falls back to tc where the verifier refuses, with its last lines and what to report", async () => {
    const words = "-- BEGIN PROG LOAD LOG --\nR1 invalid mem access 'scalar'\nprocessed 17 insns";
    const { notice } = await loadStamps(refusing(["full"], words), "full");
    expect(notice).toMatch(/R1 invalid mem access 'scalar' \| processed 17 insns .*uname -r/);
  });

  test("is a Fault where not even tc can be loaded", async () => {
    for (const asked of ["tc", "full"] as const) {
      await expect(loadStamps(refusing(["tc", "full"], "EPERM"), asked)).rejects.toThrow("bpftool failed");
    }
  });
});
