/** The real time of this process. */
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "./clock.js";
import type { Outside } from "./outside.js";
import { LoopPacer } from "./pacer.js";

export const realOutside: Outside = {
  clock: now,
  defer: (work) => process.nextTick(work),
  wait: (time) => sleep(time / 1e6),
  pacer: (idle) => new LoopPacer(idle),
};
