/** Colour for terminals: asked for or left out as a whole, and never the only sign of anything. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow";
export type Paint = (style: Style, text: string) => string;

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 };

export function painter(colour: boolean): Paint {
  return (style, text) => (colour && text !== "" ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text);
}

/** Words broken into lines of at most `width` characters; a longer word stands alone, a percent sign with its number. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ (?!%)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
