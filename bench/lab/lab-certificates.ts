/**
 * The lab's two authorities and their certificates. Clients of an intercepted road trust the one, Envoy trusts the other:
 * had they been one, a road that bypassed Envoy would look like one that does not. Private keys that Envoy must read lie
 * on the lab's private tmpfs; all others stay in memory.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { issueCertificate, makeAuthority, type Authority, type Certificate } from "../certificates.js";
import type { EnvoyTlsFiles } from "./envoy-config.js";

export interface LabCertificates {
  readonly interceptionCa: Authority;
  readonly serverCa: Authority;
  readonly server: Certificate;
  readonly envoy: EnvoyTlsFiles;
}

/** Makes them and writes Envoy's files into `folder`, readable by the owner only. */
export async function makeLabCertificates(serviceName: string, folder: string): Promise<LabCertificates> {
  const interceptionCa = makeAuthority("tollgate lab interception CA");
  const serverCa = makeAuthority("tollgate lab server CA");
  const name = { cn: serviceName, sans: [serviceName] };
  const shownByEnvoy = issueCertificate({ authority: interceptionCa, ...name });
  const write = async (file: string, text: string): Promise<string> => {
    const path = join(folder, file);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  return {
    interceptionCa,
    serverCa,
    server: issueCertificate({ authority: serverCa, ...name }),
    envoy: {
      certificate: await write("envoy.pem", shownByEnvoy.certPem),
      key: await write("envoy.key", shownByEnvoy.keyPem),
      serverAuthority: await write("server-ca.pem", serverCa.certPem),
      serverName: serviceName,
    },
  };
}
