/**
 * The two authorities of a run and their certificates. Callers of an intercepted road trust the one, Envoy trusts the
 * other: had they been one, a road that bypassed Envoy would look like one that does not.
 */
import { issueCertificate, makeAuthority, type Certificate } from "../certificates.js";

export interface RunCertificates {
  readonly interceptionCaPem: string;
  readonly serverCaPem: string;
  /** Shown by Envoy to callers. */
  readonly intercept: Certificate;
  /** Shown by the payments servers. */
  readonly server: Certificate;
}

/** @param hosts every name that callers dial: Envoy asks the server for the name that it was asked for */
export function makeRunCertificates(hosts: readonly string[]): RunCertificates {
  const interceptionCa = makeAuthority("tollgate interception CA");
  const serverCa = makeAuthority("tollgate server CA");
  const names = { cn: "payments-service", sans: hosts };
  return {
    interceptionCaPem: interceptionCa.certPem,
    serverCaPem: serverCa.certPem,
    intercept: issueCertificate({ authority: interceptionCa, ...names }),
    server: issueCertificate({ authority: serverCa, ...names }),
  };
}
