/**
 * events.ndjson: one line per thing that happened, appended and never changed. What cannot be read is reported and
 * stepped over.
 *
 * Easy to get wrong: a crash may tear the last line anywhere, also between its last bracket and its line break; then the
 * event is whole.
 */
import type { RunEvent } from "./run-record.js";

export interface EventLog {
  readonly events: readonly RunEvent[];
  readonly warnings: readonly string[];
}

/** @param readEvent throws an Error worded for people when a value is no event */
export function readEvents(text: string, readEvent: (value: unknown) => RunEvent): EventLog {
  const lines = text.split("\n");
  const events: RunEvent[] = [];
  const warnings: string[] = [];
  lines.forEach((line, i) => {
    if (line === "") return;
    try {
      events.push(readEvent(JSON.parse(line)));
    } catch (error) {
      const torn = i === lines.length - 1;
      warnings.push(torn ? TORN : `line ${i + 1} of events.ndjson was stepped over: ${reasonOf(error)}`);
    }
  });
  return { events, warnings };
}

const TORN = "the last line of events.ndjson is torn, from a run that was cut short: what it was about is lost";

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return `it is not JSON (${error.message})`;
  return error instanceof Error ? error.message : String(error);
}
