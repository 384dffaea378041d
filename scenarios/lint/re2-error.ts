/** Why RE2 would refuse a pattern, and where: an offset in UTF-16 code units. */
export class Re2Error extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.name = "Re2Error";
    this.at = at;
  }
}
