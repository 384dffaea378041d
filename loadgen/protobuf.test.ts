import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { resourcePath } from "../proto/package-root.js";
import { Fault, renderFault } from "./fault.js";
import { messageFromJson } from "./message-json.js";
import { findMethod, loadProto, type ProtoMethod } from "./protobuf.js";

const folder = mkdtempSync(join(tmpdir(), "tollgate-proto-"));
afterAll(() => rmSync(folder, { recursive: true }));

function protoFile(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** What a person would read, with the temporary folder taken out. */
function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Fault) return renderFault(error).replaceAll(folder, "DIR");
    throw error;
  }
  return "no fault";
}

describe("reading a proto file", () => {
  const services = loadProto(resourcePath("proto/payments.proto"));

  test("finds every method of the payments service with its path", () => {
    expect(services.map(({ name }) => name)).toEqual(["payments.Payments"]);
    expect(services[0]!.methods.map(({ path }) => path)).toEqual([
      "/payments.Payments/ProcessPayment",
      "/payments.Payments/GetPaymentStatus",
      "/payments.Payments/IssueRefund",
      "/payments.Payments/GenerateFinancialReport",
    ]);
  });

  test("encodes the bytes that the protobuf wire format prescribes", () => {
    const refund = findMethod(services, "payments.Payments/IssueRefund");
    const bytes = refund.requestSerialize({ payment_id: "p1", amount: { minor_units: "1999", currency: "EUR" } });
    expect(bytes.toString("hex")).toBe("120270311a08" + "08cf0f1203455552");
  });

  test("decodes 64-bit integers to strings and enums to names", () => {
    const status = findMethod(services, "payments.Payments/GetPaymentStatus");
    const message = { payment_id: "p", status: 2, amount: null, updated_at_unix_ms: "9007199254740993" };
    expect(status.responseDeserialize(status.responseSerialize(message))).toEqual({
      payment_id: "p",
      status: "PAYMENT_STATUS_SETTLED",
      amount: null,
      updated_at_unix_ms: "9007199254740993",
    });
  });

  test("takes the spellings of a call that other tools take", () => {
    for (const call of ["/payments.Payments/IssueRefund", "payments.Payments.IssueRefund"]) {
      expect(findMethod(services, call).name).toBe("IssueRefund");
    }
  });

  test("follows imports relative to a folder above the file", () => {
    protoFile("tree/shared/money.proto", `syntax = "proto3"; package shared; message Money { int64 units = 1; }`);
    const file = protoFile(
      "tree/shop/shop.proto",
      `syntax = "proto3"; package shop; import "shared/money.proto"; import "google/protobuf/empty.proto";
       service Shop { rpc Pay(shared.Money) returns (google.protobuf.Empty); }`,
    );
    expect(findMethod(loadProto(file), "shop.Shop/Pay").requestShape.name).toBe("shared.Money");
  });

  test("tells unary from streaming methods", () => {
    const file = protoFile(
      "stream.proto",
      `syntax = "proto3"; message M {} service S { rpc Up(stream M) returns (M); rpc Down(M) returns (stream M); }`,
    );
    const flags = loadProto(file)[0]!.methods.map(({ requestStream, responseStream }) => [
      requestStream,
      responseStream,
    ]);
    expect(flags).toEqual([
      [true, false],
      [false, true],
    ]);
  });
});

describe("faults about a proto file", () => {
  const services = loadProto(resourcePath("proto/payments.proto")).map((service) => ({
    ...service,
    file: "payments.proto",
  }));

  test("an unknown method names the nearest one", () => {
    expect(faultOf(() => findMethod(services, "payments.Payments/ProcesPayment"))).toBe(
      [
        "tollgate: payments.proto: service payments.Payments has no method ProcesPayment",
        "  expected  ProcessPayment, GetPaymentStatus, IssueRefund, GenerateFinancialReport",
        "  try       --call payments.Payments/ProcessPayment",
      ].join("\n"),
    );
  });

  test("a service without its package is told with it", () => {
    expect(faultOf(() => findMethod(services, "Payments/ProcessPayment"))).toBe(
      [
        "tollgate: payments.proto has no service Payments",
        "  expected  payments.Payments",
        "  try       --call payments.Payments/…",
      ].join("\n"),
    );
  });

  test("a call that is no call says what one looks like", () => {
    expect(faultOf(() => findMethod(services, "ProcessPayment"))).toContain("expected  package.Service/Method");
  });

  test("a missing file, a missing import, a syntax error and a file without services are told apart", () => {
    const missing = join(folder, "none.proto");
    const importing = protoFile("imports.proto", `syntax = "proto3";\nimport "nowhere.proto";\n`);
    const broken = protoFile("broken.proto", `syntax = "proto3";\nmessage A { Foo x = 1; }\n`);
    const empty = protoFile("empty.proto", `syntax = "proto3";\nmessage A {}\n`);
    expect(faultOf(() => loadProto(missing))).toContain("tollgate: the proto file DIR/none.proto cannot be read");
    expect(faultOf(() => loadProto(importing))).toContain(
      'DIR/imports.proto imports "nowhere.proto", which is not there',
    );
    expect(faultOf(() => loadProto(broken))).toContain("tollgate: DIR/broken.proto cannot be parsed");
    expect(faultOf(() => loadProto(empty))).toContain("tollgate: DIR/empty.proto declares no service");
  });
});

describe("JSON as a message", () => {
  const file = protoFile(
    "all.proto",
    `syntax = "proto3"; package a.b;
     import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/wrappers.proto";
     message All {
       message Inner { int32 x = 1; All again = 2; }
       enum Colour { RED = 0; GREEN = 1; }
       Inner inner = 1; map<string, Inner> by_name = 2; repeated Inner many = 3;
       oneof either { string text = 4; bytes raw = 5; }
       uint64 long_number = 6; Colour colour = 7; bool yes = 8; double real = 9; sint32 small = 10;
       google.protobuf.Timestamp at = 11; google.protobuf.Duration took = 12; google.protobuf.StringValue maybe = 13;
     }
     service S { rpc Do(All) returns (All); }`,
  );
  const method: ProtoMethod = findMethod(loadProto(file), "a.b.S/Do");
  const read = (json: unknown): object => messageFromJson(method.requestShape, json, "--data");
  const roundTrip = (json: unknown): object => method.requestDeserialize(method.requestSerialize(read(json)));

  test("goes to the wire and back with every kind of field", () => {
    const json = {
      inner: { x: -5, again: { yes: true } },
      byName: { one: { x: 1 } },
      many: [{ x: 1 }, {}],
      raw: "AQID",
      long_number: "18446744073709551615",
      colour: "GREEN",
      real: 1.5,
      small: -7,
      at: "2024-05-06T07:08:09.000000123Z",
      took: "-1.5s",
      maybe: "so",
    };
    expect(roundTrip(json)).toMatchObject({
      inner: { x: -5, again: { yes: true } },
      by_name: { one: { x: 1 } },
      many: [{ x: 1 }, { x: 0 }],
      raw: Buffer.from([1, 2, 3]),
      long_number: "18446744073709551615",
      colour: "GREEN",
      real: 1.5,
      small: -7,
      at: { seconds: "1714979289", nanos: 123 },
      took: { seconds: "-1", nanos: -500_000_000 },
      maybe: { value: "so" },
    });
  });

  test("takes null for a field that is not set", () => {
    expect(read({ inner: null })).toEqual({});
  });

  test("names an unknown field by its path, with the nearest there is", () => {
    expect(faultOf(() => read({ many: [{}, { again: { colur: 1 } }] }))).toBe(
      [
        "tollgate: --data: a.b.All has no field many[1].again.colur",
        "  expected  inner, by_name, many, text, raw, long_number, colour, yes, real, small, at, took, maybe",
        '  try       "colour"',
      ].join("\n"),
    );
  });

  test.each([
    [{ yes: "true" }, "the field yes does not fit", "true or false"],
    [{ colour: "BLUE" }, "the field colour does not fit", "one of RED, GREEN"],
    [{ small: 2 ** 31 }, "the field small does not fit", "a whole number from -2147483648 to 2147483647"],
    [{ long_number: -1 }, "the field long_number does not fit", "a whole number from 0 to 18446744073709551615"],
    [{ long_number: 2 ** 60 }, "the field long_number does not fit", "as a string beyond 2^53"],
    [{ many: {} }, "the field many does not fit", "an array"],
    [{ by_name: [] }, "the field by_name does not fit", "an object with the map's keys"],
    [{ by_name: { k: { x: "a" } } }, 'the field by_name["k"].x does not fit', "a whole number"],
    [{ raw: "not base64!" }, "the field raw does not fit", "bytes in base64"],
    [{ at: "yesterday" }, "the field at does not fit", "an object: google.protobuf.Timestamp"],
    ["text", "--data is not a message", "an object: a.b.All"],
  ])("refuses %j and says what it wants", (json, fact, expected) => {
    const told = faultOf(() => read(json));
    expect(told).toContain(fact);
    expect(told).toContain(expected);
  });
});
