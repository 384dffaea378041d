/**
 * The one kind of error that a person is meant to read. It says the fact, what was expected, what that means and what
 * to do next; the command line prints it in that form, and anything else that is thrown is a bug.
 */
export interface FaultText {
  /** What is the matter, in one line: `the road "l7" does not lead through Envoy`. */
  readonly fact: string;
  readonly expected?: string;
  readonly seen?: string;
  /** What follows from it. */
  readonly so?: string;
  /** The next step: a command or a flag. */
  readonly try?: string;
  readonly exitCode?: ExitCode;
}

/** Exit codes of every verb. */
export const EXIT = {
  done: 0,
  fault: 1,
  usage: 2,
  gateBroken: 3,
  inconclusive: 4,
  invalid: 5,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export class Fault extends Error {
  readonly text: FaultText;
  readonly exitCode: ExitCode;

  constructor(text: FaultText, options?: ErrorOptions) {
    super(text.fact, options);
    this.name = "Fault";
    this.text = text;
    this.exitCode = text.exitCode ?? EXIT.fault;
  }
}

/** The form in which a fault is shown: `tollgate: <fact>` and one indented line for each part that is known. */
export function renderFault(fault: Fault): string {
  const { fact, expected, seen, so } = fault.text;
  const parts: [string, string | undefined][] = [
    ["expected", expected],
    ["seen", seen],
    ["so", so],
    ["try", fault.text.try],
  ];
  const lines = parts.flatMap(([label, value]) =>
    value === undefined ? [] : [`  ${label.padEnd(9)} ${value.replaceAll("\n", `\n${" ".repeat(12)}`)}`],
  );
  return [`tollgate: ${fact}`, ...lines].join("\n");
}
