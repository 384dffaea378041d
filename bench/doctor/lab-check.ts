import type { Finding } from "./finding.js";
import type { DoctorHost } from "./host.js";

/** What the lab is wanted for. */
export interface LabWish {
  readonly rootless: boolean;
}

/** Looks at one thing; yields nothing where it does not matter for the wish. */
export type LabCheck = (host: DoctorHost, wish: LabWish) => Promise<readonly Finding[]>;
