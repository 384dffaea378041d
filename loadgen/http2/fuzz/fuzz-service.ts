/**
 * The service behind the server under test: one method for each way an answer can come about.
 */
import { errorAnswer, okAnswer, type Outcome, type UnaryMethod, type UnaryService } from "../../unary-service.js";

export const FUZZ_METHODS = ["Echo", "Large", "Later", "Fail", "Reset"] as const;
export const FUZZ_PATHS: readonly string[] = FUZZ_METHODS.map((name) => `/fuzz.Fuzz/${name}`);

/** More than a window at first, a frame and a piece of the output's memory hold. */
const LARGE = Buffer.alloc(200_000, 0x4c);

export class FuzzService implements UnaryService {
  /** Requests that came whole. */
  calls = 0;
  private deferred: (() => void)[] = [];
  readonly methods: ReadonlyMap<string, UnaryMethod>;

  constructor() {
    const handlers: Record<(typeof FUZZ_METHODS)[number], UnaryMethod["handle"]> = {
      Echo: (request, start, end) => okAnswer(Buffer.from(request.subarray(start, end))),
      Large: () => okAnswer(LARGE),
      Later: (request, start, end, call) => {
        const answer = call.defer();
        const message = Buffer.from(request.subarray(start, end));
        this.deferred.push(() => answer(okAnswer(message)));
        return null;
      },
      Fail: (_request, start, end) => errorAnswer(1 + ((end - start) % 16), `fäiled: ${end - start} bytes`),
      Reset: (): Outcome => ({ kind: "reset", code: 8 }),
    };
    this.methods = new Map(
      FUZZ_METHODS.map((name) => {
        const handle: UnaryMethod["handle"] = (request, start, end, call) => {
          this.calls++;
          return handlers[name](request, start, end, call);
        };
        return [`/fuzz.Fuzz/${name}`, { name, handle }];
      }),
    );
  }

  /** Time has passed: answers what was deferred. */
  answerDeferred(): void {
    const { deferred } = this;
    this.deferred = [];
    for (const answer of deferred) answer();
  }
}
