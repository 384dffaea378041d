import { X509Certificate } from "node:crypto";
import { connect, createServer, type TLSSocket } from "node:tls";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { issueCertificate, makeAuthority, type Authority, type Certificate } from "./certificates.js";

const authority = makeAuthority("tollgate test authority");
const certificate = issueCertificate({
  authority,
  cn: "payments.lab",
  sans: ["payments.lab", "127.0.0.1"],
});

describe("an authority", () => {
  test("signs itself and may sign others", () => {
    const x509 = new X509Certificate(authority.certPem);
    expect(x509.ca).toBe(true);
    expect(x509.subject).toBe("CN=tollgate test authority");
    expect(x509.verify(authority.publicKey)).toBe(true);
  });
});

describe("an issued certificate", () => {
  test("is signed by its authority, names its hosts and is no authority itself", () => {
    const x509 = new X509Certificate(certificate.certPem);
    expect(x509.verify(authority.publicKey)).toBe(true);
    expect(x509.ca).toBe(false);
    expect(x509.issuer).toBe("CN=tollgate test authority");
    expect(x509.checkHost("payments.lab")).toBe("payments.lab");
    expect(x509.checkHost("refunds.lab")).toBeUndefined();
    expect(x509.checkIP("127.0.0.1")).toBe("127.0.0.1");
  });

  test("is valid from an hour ago until tomorrow, in both of the time types of RFC 5280", () => {
    for (const instant of ["2026-03-01T12:00:00Z", "2049-12-31T23:30:00Z", "2061-07-01T00:00:00Z"]) {
      const now = new Date(instant);
      const x509 = new X509Certificate(makeAuthority("then", now).certPem);
      expect(new Date(x509.validFrom).getTime()).toBe(now.getTime() - 3_600_000);
      expect(new Date(x509.validTo).getTime()).toBe(now.getTime() + 86_400_000);
    }
  });

  test("has a positive serial number of its own", () => {
    const serials = Array.from({ length: 20 }, () => {
      const { certPem } = issueCertificate({ authority, cn: "a", sans: ["a"] });
      return new X509Certificate(certPem).serialNumber;
    });
    expect(new Set(serials).size).toBe(20);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  test("takes more names than one byte of length can tell", () => {
    const sans = Array.from({ length: 40 }, (_, i) => `198.18.${i}.2`);
    const x509 = new X509Certificate(issueCertificate({ authority, cn: "many", sans }).certPem);
    expect(x509.subjectAltName?.split(", ")).toHaveLength(40);
  });
});

describe("over TLS", () => {
  test("a client that trusts the authority accepts the server", async () => {
    expect(await handshake(certificate, authority)).toBe("authorised");
  });

  test("a client that trusts another authority refuses it", async () => {
    expect(await handshake(certificate, makeAuthority("somebody else"))).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });
});

async function handshake(server: Certificate, trusted: Authority): Promise<string> {
  const listener = createServer({ cert: server.certPem, key: server.keyPem }, (socket) => socket.end());
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const outcome = await new Promise<string>((resolve) => {
    const socket: TLSSocket = connect({ host: "127.0.0.1", port, ca: trusted.certPem, servername: "payments.lab" });
    socket.once("secureConnect", () => resolve("authorised"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("close", () => resolve("closed"));
  });
  listener.close();
  return outcome;
}
