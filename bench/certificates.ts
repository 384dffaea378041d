/**
 * Throw-away certificates for one run: ECDSA P-256, X.509 v3, valid one day, made with node:crypto alone, so that
 * neither openssl nor a package is needed and no key outlives the run.
 *
 * Easy to get wrong: lengths in DER are minimal, serial numbers are positive, a bit string says how many bits of its
 * last byte are unused, and instants from 2050 on use another time type (RFC 5280 §4.1.2.5). This file knows nothing of
 * roads or TLS settings, and writes no file: whoever asks for a key decides where it lies.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { isIPv4 } from "node:net";

/** A certificate authority of our own: trust `certPem`, sign with `issueCertificate`. */
export interface Authority {
  /** Common name, the issuer of what it signs. */
  readonly cn: string;
  readonly certPem: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface Certificate {
  readonly certPem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

export interface CertificateRequest {
  readonly authority: Authority;
  /** Common name of the subject. */
  readonly cn: string;
  /** Host names and IPv4 addresses the certificate is good for. */
  readonly sans: readonly string[];
  readonly now?: Date;
}

/** A self-signed authority. `now` moves its day of validity, for tests. */
export function makeAuthority(cn: string, now: Date = new Date()): Authority {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = { cn, privateKey, publicKey };
  const extensions = [
    extension(OID.basicConstraints, "critical", sequence(TRUE)),
    extension(OID.keyUsage, "critical", bitString(Buffer.from([KEY_USAGE.certSign]), 1)),
  ];
  return { ...issuer, certPem: signedCertificate({ issuer, cn, publicKey, extensions, now }) };
}

/** A server certificate signed by `authority`. */
export function issueCertificate(request: CertificateRequest): Certificate {
  const { authority, cn, sans, now = new Date() } = request;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const extensions = [
    extension(OID.basicConstraints, "critical", sequence()),
    extension(OID.keyUsage, "critical", bitString(Buffer.from([KEY_USAGE.digitalSignature]), 7)),
    extension(OID.extendedKeyUsage, "optional", sequence(objectIdentifier(OID.serverAuth))),
    extension(OID.subjectAltName, "optional", sequence(...sans.map(generalName))),
  ];
  const certPem = signedCertificate({ issuer: authority, cn, publicKey, extensions, now });
  return { certPem, keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

/** An hour of grace before `now`, for peers whose clock is behind. */
const GRACE_MS = 3_600_000;
const DAY_MS = 86_400_000;

const OID = {
  commonName: "2.5.4.3",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
} as const;

/** RFC 5280 §4.2.1.3; bit 0 is the highest. certSign is keyCertSign and cRLSign. */
const KEY_USAGE = { digitalSignature: 0x80, certSign: 0x06 } as const;

interface ToBeSigned {
  readonly issuer: Pick<Authority, "cn" | "privateKey" | "publicKey">;
  readonly cn: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly now: Date;
}

function signedCertificate({ issuer, cn, publicKey, extensions, now }: ToBeSigned): string {
  const algorithm = sequence(objectIdentifier(OID.ecdsaWithSha256));
  const keyIdentifiers = [
    extension(OID.subjectKeyIdentifier, "optional", octetString(keyIdentifier(publicKey))),
    extension(OID.authorityKeyIdentifier, "optional", sequence(tlv(0x80, keyIdentifier(issuer.publicKey)))),
  ];
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))), // version 3
    integer(serialNumber()),
    algorithm,
    distinguishedName(issuer.cn),
    sequence(time(new Date(now.getTime() - GRACE_MS)), time(new Date(now.getTime() + DAY_MS))),
    distinguishedName(cn),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(...extensions, ...keyIdentifiers)),
  );
  const signature = bitString(sign("sha256", body, issuer.privateKey), 0);
  return pem(sequence(body, algorithm, signature));
}

/** 16 random bytes whose top bits keep the number positive and of full length. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

/** RFC 5280 §4.2.1.2, method 1: SHA-1 of the bare public key, the last 65 bytes of a P-256 SubjectPublicKeyInfo. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const point = publicKey.export({ type: "spki", format: "der" }).subarray(-65);
  return createHash("sha1").update(point).digest();
}

function distinguishedName(cn: string): Buffer {
  const attribute = sequence(objectIdentifier(OID.commonName), tlv(0x0c, Buffer.from(cn)));
  return sequence(tlv(0x31, attribute));
}

function generalName(name: string): Buffer {
  return isIPv4(name) ? tlv(0x87, Buffer.from(name.split(".").map(Number))) : tlv(0x82, Buffer.from(name));
}

function extension(id: string, weight: "critical" | "optional", value: Buffer): Buffer {
  return sequence(objectIdentifier(id), ...(weight === "critical" ? [TRUE] : []), octetString(value));
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
function time(instant: Date): Buffer {
  const digits = `${instant.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
  return instant.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
}

// DER, as much of it as a certificate needs (ITU-T X.690).

const TRUE = Buffer.from([0x01, 0x01, 0xff]);

function tlv(tag: number, ...content: readonly Buffer[]): Buffer {
  const value = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), derLength(value.length), value]);
}

function derLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  return Buffer.from([0x82, length >> 8, length & 0xff]);
}

const sequence = (...content: readonly Buffer[]): Buffer => tlv(0x30, ...content);
const integer = (bytes: Buffer): Buffer => tlv(0x02, bytes);
const octetString = (bytes: Buffer): Buffer => tlv(0x04, bytes);
const bitString = (bytes: Buffer, unusedBits: number): Buffer => tlv(0x03, Buffer.from([unusedBits]), bytes);

function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tlv(0x06, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
}

/** Seven bits a byte, highest first; every byte but the last has its top bit set. */
function base128(arc: number): number[] {
  const bytes = [arc & 0x7f];
  for (let left = arc >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}
