/**
 * A server whose HPACK decoder is not ours (nghttp2, by node:http2): answers every call with the name of its method, whatever
 * is behind it, or with "unknown" where the service is not ours. For tests; listens on the address it is given and says so, ends with its stdin.
 *
 *   nghttp2-server-main HOST PORT
 */
import { createServer } from "node:http2";
import { PAYMENTS_SERVICE } from "../../../proto/payments.js";

const [host = "", port = ""] = process.argv.slice(2);
const server = createServer({ maxHeaderListPairs: 128, settings: { maxConcurrentStreams: 1000 } });
server.on("stream", (stream, headers) => {
  const [, service, method = ""] = String(headers[":path"]).split("/");
  const message = Buffer.from(service === PAYMENTS_SERVICE ? method : "unknown");
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.on("error", () => undefined);
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(Buffer.concat([prefix, message]));
});
server.on("sessionError", () => undefined);
server.listen(Number(port), host, () => process.stdout.write(`${JSON.stringify("listening")}\n`));
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
