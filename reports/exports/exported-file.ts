/** A file that an export yields. Formats that hold one histogram or one result a file yield several. */
export interface ExportedFile {
  /** No path, safe in every file system. */
  readonly name: string;
  readonly text: string;
}

/** `l7-single-ProcessPayment.hgrm`: words from a run made safe. */
export function fileName(parts: readonly string[], ending: string): string {
  return `${parts.map((part) => part.replace(/[^\w.+@-]/g, "_").replace(/^\.+/, "_")).join("-")}.${ending}`;
}
