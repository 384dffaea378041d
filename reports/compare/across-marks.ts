/** A shape for each word on two runs, so that no meaning hangs on colour. */
import type { AcrossVerdict } from "../../results/across/across-shape.js";
import { VERDICT_MARKS } from "../verdict-marks.js";

export const ACROSS_MARKS: Readonly<Record<AcrossVerdict, string>> = { ...VERDICT_MARKS, "not compared": "/" };
