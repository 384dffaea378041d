/**
 * The name of a run and of its folder: sorts by time, says where it was measured, cannot meet its like.
 * `20261123-183000-lab-3f9c` is a lab run begun at 18:30:00 UTC.
 */
import { randomBytes } from "node:crypto";
import type { RunHeader } from "./run-shape.js";

const RUN_ID = /^\d{8}-\d{6}-(lab|cluster|scripted)-[0-9a-f]{4}$/;

/** @param salt four hexadecimal digits that tell apart runs of the same second */
export function newRunId(
  begun: Date,
  environment: RunHeader["environment"],
  salt: string = randomBytes(2).toString("hex"),
): string {
  const [date = "", time = ""] = begun.toISOString().split("T");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${environment}-${salt}`;
}

export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}
