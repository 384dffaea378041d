/**
 * The client's side of a TLS handshake on an open TCP socket: HTTP/2 by ALPN, the server's name checked, what was
 * negotiated told.
 *
 * Easy to get wrong: an IP address must not go into the server name extension (RFC 6066 §3), yet the certificate is
 * checked against it; and a peer without ALPN looks the same as one that refused h2 unless `alpnProtocol` is read.
 */
import { isIP, type Socket } from "node:net";
import { checkServerIdentity, connect, type TLSSocket } from "node:tls";
import { now } from "./clock.js";
import type { TlsFacts, TlsTarget } from "./transport.js";
import { ns } from "./units.js";

/**
 * Resolves when the peer's certificate was accepted and HTTP/2 agreed on.
 * @throws Error in OpenSSL's or our words: wrong certificate, wrong name, no common protocol, connection lost.
 */
export async function shakeHands(tcp: Socket, target: TlsTarget): Promise<{ socket: TLSSocket; facts: TlsFacts }> {
  const startedAt = now();
  const socket = await secured(tcp, target);
  const facts = {
    handshakeNs: ns(now() - startedAt),
    version: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().name,
    resumed: socket.isSessionReused(),
    alpn: socket.alpnProtocol === false ? null : socket.alpnProtocol,
  };
  if (facts.alpn === "h2" || (facts.alpn === null && target.allowMissingAlpn)) return { socket, facts };
  socket.destroy();
  throw new Error(
    facts.alpn === null
      ? "the peer negotiated no protocol by ALPN (--allow-missing-alpn takes such a peer)"
      : `the peer negotiated ${facts.alpn} by ALPN, not h2`,
  );
}

function secured(tcp: Socket, target: TlsTarget): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      socket: tcp,
      ALPNProtocols: ["h2"],
      ...(isIP(target.servername) === 0 ? { servername: target.servername } : {}),
      checkServerIdentity: (_host, certificate) => checkServerIdentity(target.servername, certificate),
      ...(target.ca === null ? {} : { ca: target.ca }),
      ...(target.cert === null ? {} : { cert: target.cert }),
      ...(target.key === null ? {} : { key: target.key }),
    });
    const lost = () => reject(new Error("the peer closed the connection during the TLS handshake"));
    socket.once("close", lost);
    socket.on("error", reject);
    socket.once("secureConnect", () => {
      socket.removeListener("close", lost);
      socket.removeListener("error", reject);
      resolve(socket);
    });
  });
}
