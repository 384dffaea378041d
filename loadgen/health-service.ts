/**
 * grpc.health.v1.Health/Check (https://github.com/grpc/grpc/blob/master/doc/health-checking.md), which Kubernetes probes
 * ask for on a port of its own, so that no probe is ever counted as a call of the road.
 *
 * The messages are two bytes and are written by hand: HealthCheckResponse.status is field 1, SERVING 1, NOT_SERVING 2.
 */
import { GRPC_STATUS } from "./grpc/status.js";
import { findField } from "./protobuf-fields.js";
import { errorAnswer, okAnswer, type UnaryService } from "./unary-service.js";

const SERVING = okAnswer(Buffer.from([0x08, 1]));
const NOT_SERVING = okAnswer(Buffer.from([0x08, 2]));
const UNKNOWN_SERVICE = errorAnswer(GRPC_STATUS.NOT_FOUND, "no such service");

export class HealthService implements UnaryService {
  readonly methods: UnaryService["methods"];
  private serving = true;

  /** The empty name asks for the server as a whole. */
  constructor(service: string) {
    const names = new Set(["", service]);
    this.methods = new Map([
      [
        "/grpc.health.v1.Health/Check",
        {
          name: "Check",
          handle: (request, start, end) => {
            const field = findField(request, start, end, 1);
            const name =
              field === null || field === "malformed" ? "" : request.toString("utf8", field.start, field.end);
            if (!names.has(name)) return UNKNOWN_SERVICE;
            return this.serving ? SERVING : NOT_SERVING;
          },
        },
      ],
    ]);
  }

  /** From now on: not serving. Probes take the server out of service while it finishes its calls. */
  stop(): void {
    this.serving = false;
  }
}
