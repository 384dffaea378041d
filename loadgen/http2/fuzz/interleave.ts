/**
 * Weaves the frames of several streams into one sequence: those of a stream keep their order, and a header block stays
 * in one piece.
 */
import type { Draw } from "./draw.js";
import type { RawFrame } from "./raw-frame.js";

/** The next frames of a stream: made when their turn comes, because header blocks build on each other. */
export type Turn = () => readonly RawFrame[];

/** @param between frames to put in between, now and then */
export function interleave(
  draw: Draw,
  streams: readonly (readonly Turn[])[],
  between: () => readonly RawFrame[],
): RawFrame[] {
  const waiting = streams.filter((turns) => turns.length > 0).map((turns) => [...turns]);
  const open: Turn[][] = [];
  const frames: RawFrame[] = [];
  while (open.length > 0 || waiting.length > 0) {
    if (waiting.length > 0 && (open.length === 0 || draw.chance(0.3))) open.push(waiting.shift()!);
    const turns = draw.pick(open);
    frames.push(...turns.shift()!());
    if (turns.length === 0) open.splice(open.indexOf(turns), 1);
    if (draw.chance(0.15)) frames.push(...between());
  }
  return frames;
}
