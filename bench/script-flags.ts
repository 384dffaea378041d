/**
 * The flags of the scripts beside the command (`npm run bench:…`, `npm run fuzz`): few, each with a default. `--help`
 * tells them and ends with 0; what cannot be read is told with the usage below it and ends with 2.
 */
import { parseArgs } from "node:util";
import { EXIT, Fault, renderFault } from "../loadgen/fault.js";

/** How to read each flag's value; `null`: it takes none, and is true when given. @throws Fault (usage) from a reader */
type FlagReaders = Readonly<Record<string, ((text: string) => unknown) | null>>;

/** Flags that were not given are undefined, switches false. */
type FlagValues<Readers extends FlagReaders> = {
  readonly [Name in keyof Readers]: Readers[Name] extends (text: string) => infer Value ? Value | undefined : boolean;
};

type FlagsRead<Readers extends FlagReaders> =
  | { readonly kind: "flags"; readonly values: FlagValues<Readers> }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "wrong"; readonly text: string };

/** Of this process; ends it where there is nothing to go on with. */
export function scriptFlags<Readers extends FlagReaders>(usage: string, readers: Readers): FlagValues<Readers> {
  const read = readFlags(usage, readers, process.argv.slice(2));
  switch (read.kind) {
    case "flags":
      return read.values;
    case "help":
      process.stdout.write(read.text);
      return process.exit(EXIT.done);
    case "wrong":
      process.stderr.write(read.text);
      return process.exit(EXIT.usage);
  }
}

/** Pure. */
export function readFlags<Readers extends FlagReaders>(
  usage: string,
  readers: Readers,
  args: readonly string[],
): FlagsRead<Readers> {
  const names = Object.entries(readers);
  const options = Object.fromEntries([
    ["help", { type: "boolean" as const, short: "h" }],
    ...names.map(([name, reader]) => [name, { type: reader === null ? ("boolean" as const) : ("string" as const) }]),
  ]) as Record<string, { type: "boolean" | "string" }>;
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values["help"] === true) return { kind: "help", text: `usage: ${usage}\n` };
    const read = names.map(([name, reader]) => {
      const given = values[name];
      if (reader === null) return [name, given === true];
      return [name, typeof given === "string" ? reader(given) : undefined];
    });
    return { kind: "flags", values: Object.fromEntries(read) as FlagValues<Readers> };
  } catch (error) {
    return { kind: "wrong", text: `${whatIsWrong(error)}\nusage: ${usage}\n` };
  }
}

/** In Node's words (the first of its sentences) or in those of a reader. */
function whatIsWrong(error: unknown): string {
  if (error instanceof Fault) return renderFault(error);
  if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
    return error.message.split(/\. |\n/)[0] ?? error.message;
  }
  throw error;
}
