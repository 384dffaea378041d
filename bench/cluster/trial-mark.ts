/**
 * What the driver is given to keep with a trial, besides its order: what only the command line knows of it. The driver
 * reads none of it. A command line that takes the place of a lost one finds here what the proof of path begins with.
 */
import type { TrialPlace } from "../environment.js";
import type { PlainReading } from "./datapath.js";

export interface TrialMark {
  readonly place: TrialPlace;
  /** Read by the agents before the trial. */
  readonly before: PlainReading;
}
