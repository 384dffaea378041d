/** `--metadata name=value`: what gRPC allows as request metadata (PROTOCOL-HTTP2.md, "Custom-Metadata"). */
import { EXIT, Fault } from "../../loadgen/fault.js";
import type { Reader } from "../options.js";

/** @throws Fault for names gRPC keeps for itself, and values that cannot travel in a header */
export function metadataField(flag: string): Reader<readonly [name: string, value: string]> {
  return (text) => {
    const at = text.indexOf("=");
    const name = text.slice(0, Math.max(0, at)).trim().toLowerCase();
    const value = text.slice(at + 1);
    if (!/^[a-z0-9_.-]+$/.test(name)) throw wrong(flag, text, "name=value, the name of letters, digits, _ . and -");
    if (RESERVED.test(name)) throw wrong(flag, text, `a name of your own: ${name} is the protocol's`);
    if (name.endsWith("-bin") && !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
      throw wrong(flag, text, "base64, since the name ends in -bin");
    }
    if (!/^[\x20-\x7e]*$/.test(value))
      throw wrong(flag, text, "printable ASCII; other bytes as base64 under a name ending in -bin");
    return [name, value];
  };
}

const RESERVED = /^(grpc-.*|content-type|te|host|connection|user-agent|content-length|transfer-encoding|upgrade)$/;

function wrong(flag: string, text: string, expected: string): Fault {
  return new Fault({ fact: `${flag} ${text}: cannot be sent`, expected, exitCode: EXIT.usage });
}
