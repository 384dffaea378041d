/**
 * What the doctor finds: one value per check, and its form for people.
 */
export interface Finding {
  /** Two or three words: what was looked at. */
  readonly check: string;
  /** warn: works, with the restriction that the text names. */
  readonly state: "ok" | "warn" | "fail";
  readonly text: string;
  /** The command, or the one thing to do, that mends it; null where nothing needs mending. */
  readonly mend: string | null;
}

export function ok(check: string, text: string): Finding {
  return { check, state: "ok", text, mend: null };
}

export function warn(check: string, text: string, mend: string): Finding {
  return { check, state: "warn", text, mend };
}

export function fail(check: string, text: string, mend: string): Finding {
  return { check, state: "fail", text, mend };
}

/** One line per finding, its mending below it, and the verdict last. */
export function renderFindings(findings: readonly Finding[], subject: string): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, state, text, mend }) => [
    `${state.padEnd(4)}  ${check.padEnd(width)}  ${text}`,
    ...(mend === null ? [] : [`      ${"".padEnd(width)}  try: ${mend}`]),
  ]);
  const failed = findings.filter(({ state }) => state === "fail").length;
  const verdict =
    failed === 0
      ? `${subject} can run here`
      : `${subject} cannot run here: ${failed} ${failed === 1 ? "thing stands" : "things stand"} in its way`;
  return `${[...lines, "", verdict].join("\n")}\n`;
}
