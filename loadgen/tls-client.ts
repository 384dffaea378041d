/**
 * The client's side of TLS, the same for both transports: what is asked of the peer, what was negotiated, and whether
 * HTTP/2 may follow.
 *
 * Easy to get wrong: an IP address must not stand in the server name extension (RFC 6066 §3), yet the certificate is
 * checked against it; and a peer without ALPN looks the same as one that agreed on h2 unless `alpnProtocol` is read.
 */
import { isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type ConnectionOptions,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { now } from "./clock.js";
import { connectFault } from "./connect-fault.js";
import type { Fault } from "./fault.js";
import type { Target, TlsFacts, TlsTarget } from "./transport.js";
import { ns, type Nanoseconds } from "./units.js";

export function tlsOptions(tls: TlsTarget): ConnectionOptions {
  return {
    ALPNProtocols: ["h2"],
    secureContext: secureContextOf(tls),
    ...(isIP(tls.servername) === 0 ? { servername: tls.servername } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(tls.servername, certificate),
  };
}

/** Certificates are read once per target: a caller that opens a connection for each call pays for the handshake alone. */
function secureContextOf(tls: TlsTarget): SecureContext {
  let context = secureContexts.get(tls);
  if (context === undefined) {
    context = createSecureContext({
      minVersion: "TLSv1.2",
      ...(tls.ca === null ? {} : { ca: tls.ca }),
      ...(tls.cert === null ? {} : { cert: tls.cert }),
      ...(tls.key === null ? {} : { key: tls.key }),
    });
    secureContexts.set(tls, context);
  }
  return context;
}

const secureContexts = new WeakMap<TlsTarget, SecureContext>();

/** Of a socket whose handshake is done. */
export function tlsFacts(socket: TLSSocket, handshakeNs: Nanoseconds): TlsFacts {
  return {
    handshakeNs,
    version: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().name,
    resumed: socket.isSessionReused(),
    alpn: socket.alpnProtocol === false ? null : socket.alpnProtocol,
  };
}

/** Null when HTTP/2 was agreed on, or nothing where that is allowed. */
export function alpnProblem(target: Target, tls: TlsFacts | null): Fault | null {
  if (tls === null || tls.alpn === "h2") return null;
  if (tls.alpn !== null) return connectFault(target, `it chose ${tls.alpn} by ALPN, not h2`);
  if (target.tls?.allowMissingAlpn === true) return null;
  return connectFault(target, "it negotiated no protocol by ALPN", { try: "--allow-missing-alpn takes such a peer" });
}

/**
 * The handshake over a TCP connection that stands already.
 * @throws Error of the socket or of OpenSSL
 */
export async function shakeHands(tcp: Socket, tls: TlsTarget): Promise<{ socket: TLSSocket; facts: TlsFacts }> {
  const startedAt = now();
  const socket = await secured(tcp, tls);
  return { socket, facts: tlsFacts(socket, ns(now() - startedAt)) };
}

function secured(tcp: Socket, tls: TlsTarget): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...tlsOptions(tls), socket: tcp });
    const lost = () => reject(Object.assign(new Error("closed during the TLS handshake"), { code: "EPIPE" }));
    socket.once("close", lost);
    socket.on("error", reject);
    socket.once("secureConnect", () => {
      socket.removeListener("close", lost);
      socket.removeListener("error", reject);
      resolve(socket);
    });
  });
}
