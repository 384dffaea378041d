import { describe, expect, test } from "vitest";
import { EXIT, Fault, renderFault } from "../../loadgen/fault.js";
import { ms, ns, perSecond, seconds } from "../../loadgen/units.js";
import { arrivalSpec, meanRate, readReplay } from "./arrival-spec.js";
import { cpuList, cpusOfWorker } from "./cpu-list.js";
import type { LoadFlags } from "./load-flags.js";
import { loadOrder } from "./load-order.js";
import { metadataField } from "./metadata-field.js";

const PEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const FILES: Readonly<Record<string, string>> = {
  "ca.pem": PEM,
  "own.pem": PEM,
  "own.key": "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
  "not.pem": "hello",
  "status.json": `[{"payment_id": "a"}, {"payment_id": "b"}]`,
  "arrivals.txt": "# recorded\n0\n1.5ms\n\n0.25 # seconds\n1s\n",
};

function readText(flag: string, file: string): string {
  const text = FILES[file];
  if (text === undefined) throw new Fault({ fact: `${flag}: ${file} cannot be read`, exitCode: EXIT.usage });
  return text;
}

const FLAGS: LoadFlags = {
  target: { host: "127.0.0.1", port: 50051 },
  call: "payments.Payments/ProcessPayment",
  metadata: [],
  warmup: seconds(1),
  overflow: "queue",
  workers: 1,
  idle: "auto",
  timeout: seconds(2),
  connectTimeout: seconds(5),
  transport: "lean",
  seed: 7,
};

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.exitCode).toBe(EXIT.usage);
    return renderFault(error);
  }
  return "no fault";
}

const order = (changes: Partial<LoadFlags>) => loadOrder({ ...FLAGS, ...changes }, readText);
const refused = (changes: Partial<LoadFlags>) => faultOf(() => order(changes));

describe("from flags to an order", () => {
  test("a rate makes a Poisson open loop with the defaults that the help names", () => {
    expect(order({ rate: perSecond(1000), duration: seconds(5) })).toEqual({
      transport: "lean",
      plan: {
        loop: { kind: "open", arrivals: { kind: "poisson", rate: 1000 }, overflow: "queue" },
        warmupNs: 1e9,
        windowNs: 5e9,
        drainNs: 2e9,
        totalCalls: null,
        mix: [
          {
            method: "ProcessPayment",
            path: "/payments.Payments/ProcessPayment",
            weight: 100,
            caller: "anyone",
            payload: { kind: "payments" },
          },
        ],
        seed: 7,
        connections: 1,
        streams: 100,
        timeoutNs: 2e9,
        idle: "auto",
        intervalNs: 1e9,
      },
      targets: {
        anyone: {
          host: "127.0.0.1",
          port: 50051,
          localAddress: null,
          authority: "127.0.0.1:50051",
          tls: null,
          connectTimeoutNs: 5e9,
          literalHeaders: false,
        },
      },
    });
  });

  test("calls in flight make a closed loop with streams for all of them", () => {
    const { plan } = order({ inFlight: 300, connections: 2 });
    expect(plan.loop).toEqual({ kind: "closed", inFlight: 300, connectionPerCall: false });
    expect([plan.connections, plan.streams]).toEqual([2, 150]);
  });

  test("each worker gets a connection unless told otherwise", () => {
    expect(order({ rate: perSecond(10), workers: 3 }).plan.connections).toBe(3);
  });

  test("no deadline is asked for with 0, and the drain still ends", () => {
    const { plan } = order({ rate: perSecond(10), timeout: ns(0) });
    expect([plan.timeoutNs, plan.drainNs]).toEqual([null, 5e9]);
  });

  test("the authority of an IPv6 target has its brackets", () => {
    const { targets } = order({ rate: perSecond(10), target: { host: "::1", port: 443 } });
    expect(targets.anyone?.authority).toBe("[::1]:443");
  });

  test("a replay brings its own window", () => {
    const { plan } = order({ arrival: { kind: "replay", file: "arrivals.txt" } });
    expect(plan.loop).toMatchObject({ arrivals: { kind: "replay", offsetsNs: [0, 1.5e6, 250e6, 1e9] } });
    expect(plan.windowNs).toBe(1e9 + 1e6);
  });

  test("messages of a file are sent in turn, encoded", () => {
    const { plan } = order({ rate: perSecond(10), call: "payments.Payments/GetPaymentStatus", data: "@status.json" });
    const { payload } = plan.mix[0]!;
    expect(payload).toEqual({
      kind: "fixed",
      messages: ["0a0161", "0a0162"].map((hex) => Buffer.from(hex, "hex").toString("base64")),
    });
  });

  test("metadata travels with the share, and is absent where there is none", () => {
    expect(order({ rate: perSecond(10), metadata: [["x-tenant", "7"]] }).plan.mix[0]?.metadata).toEqual([
      ["x-tenant", "7"],
    ]);
    expect("metadata" in order({ rate: perSecond(10) }).plan.mix[0]!).toBe(false);
  });

  test("any TLS flag asks for TLS; the name to check is the target's unless given", () => {
    expect(order({ rate: perSecond(10), cacert: "ca.pem" }).targets.anyone?.tls).toEqual({
      ca: PEM,
      cert: null,
      key: null,
      servername: "127.0.0.1",
      allowMissingAlpn: false,
    });
    const { tls } = order({ rate: perSecond(10), tls: true, cert: "own.pem", key: "own.key", servername: "pay.test" })
      .targets.anyone!;
    expect(tls).toMatchObject({ cert: PEM, servername: "pay.test" });
  });
});

describe("what cannot be done is refused before anything starts", () => {
  test("no load at all, or two kinds of it", () => {
    expect(refused({})).toContain("tollgate: how much load is not said");
    expect(refused({ rate: perSecond(10), inFlight: 5 })).toContain("--in-flight and --rate do not go together");
    expect(refused({ inFlight: 5, arrival: { kind: "constant" } })).toContain(
      "--in-flight and --arrival do not go together",
    );
    expect(refused({ arrival: { kind: "constant" } })).toContain("try       --arrival constant --rate 1000");
    const ramp = { kind: "ramp", from: perSecond(1), to: perSecond(9) } as const;
    expect(refused({ rate: perSecond(10), arrival: ramp })).toContain(
      "--arrival ramp and --rate contradict each other",
    );
  });

  test("a window that holds no call", () => {
    expect(refused({ rate: perSecond(0.1), duration: seconds(5) })).toBe(
      ["tollgate: --rate 0.1/s and a window of 5 s make less than one call", "  try       --duration 10s"].join("\n"),
    );
  });

  test("too few connections, streams or calls for the workers", () => {
    expect(refused({ rate: perSecond(10), workers: 4, connections: 2 })).toContain("try       --connections 4");
    expect(refused({ inFlight: 2, workers: 4 })).toContain("try       --workers 2");
    expect(refused({ inFlight: 250, streams: 100 })).toContain("try       --connections 3");
  });

  test("half a client certificate, and files that are not PEM or not there", () => {
    expect(refused({ rate: perSecond(10), cert: "own.pem" })).toContain("try       --key FILE");
    expect(refused({ rate: perSecond(10), key: "own.key" })).toContain("try       --cert FILE");
    expect(refused({ rate: perSecond(10), cacert: "not.pem" })).toContain("--cacert: not.pem is not PEM");
    expect(refused({ rate: perSecond(10), cacert: "gone.pem" })).toContain("--cacert: gone.pem cannot be read");
  });

  test("data that is not JSON, not the message, or empty", () => {
    const rate = perSecond(10);
    expect(refused({ rate, data: "{oops" })).toContain("tollgate: --data is not JSON");
    expect(refused({ rate, data: `{"payer": 1}` })).toContain("payments.ProcessPaymentRequest has no field payer");
    expect(refused({ rate, data: `[{}, {"reference": 5}]` })).toContain(
      "--data, message 2: the field reference does not fit",
    );
    expect(refused({ rate, data: "[]" })).toContain("--data holds no message");
    expect(refused({ rate, data: "@gone.json" })).toContain("--data: gone.json cannot be read");
  });

  test("a method that is not there", () => {
    expect(refused({ rate: perSecond(10), call: "payments.Payments/ProcessPayments" })).toContain(
      "try       --call payments.Payments/ProcessPayment",
    );
  });
});

describe("arrivals as they are written", () => {
  const read = arrivalSpec("--arrival");

  test.each([
    ["poisson", { kind: "poisson" }],
    ["constant", { kind: "constant" }],
    ["ramp:100..5k", { kind: "ramp", from: 100, to: 5000 }],
    ["ramp:0..2.5", { kind: "ramp", from: 0, to: 2.5 }],
    ["step:100..1000/10", { kind: "step", from: 100, to: 1000, steps: 10 }],
    ["replay:/tmp/a:b.txt", { kind: "replay", file: "/tmp/a:b.txt" }],
  ])("%s", (text, expected) => expect(read(text)).toEqual(expected));

  test.each([
    ["pareto", "poisson, constant, ramp, step, replay"],
    ["poisson:100", "poisson, with --rate beside it"],
    ["ramp:100", "ramp:FROM..TO"],
    ["ramp:5..5", "two different rates"],
    ["step:1..9", "step:FROM..TO/STEPS"],
    ["step:1..9/1", "a whole number from 2 on"],
    ["replay:", "replay:FILE"],
  ])("%s is refused", (text, expected) => expect(faultOf(() => read(text))).toContain(expected));

  test("a replay names the line that will not do", () => {
    expect(faultOf(() => readReplay("1ms\nsoon\n", "a.txt"))).toContain("a.txt, line 2 soon: not a length of time");
    expect(faultOf(() => readReplay("2ms\n1ms\n", "a.txt"))).toContain("a.txt, line 2: 1ms lies before the line above");
    expect(faultOf(() => readReplay("# nothing\n", "a.txt"))).toContain("a.txt holds 0 instants");
  });

  test("the offered rate of a window is the mean over it", () => {
    expect(meanRate({ kind: "ramp", from: perSecond(100), to: perSecond(300) }, seconds(1))).toBe(200);
    expect(meanRate({ kind: "replay", offsetsNs: [ns(0), ms(1), seconds(3)] }, seconds(2))).toBe(1);
  });
});

describe("CPUs and metadata as they are written", () => {
  test("a list of CPUs may hold ranges, and only CPUs that are there", () => {
    expect(cpuList("--cpus", 4)("0,2-3")).toEqual([0, 2, 3]);
    expect(faultOf(() => cpuList("--cpus", 2)("0-2"))).toContain("--cpus 0-2: CPU 2 is not there");
    expect(faultOf(() => cpuList("--cpus", 2)("3-1"))).toContain("not a list of CPUs");
    expect(faultOf(() => cpuList("--cpus", 2)("all"))).toContain("numbers and ranges");
  });

  test("workers get a CPU each where there are enough", () => {
    expect([0, 1].map((worker) => cpusOfWorker([2, 3], worker, 2))).toEqual(["2", "3"]);
    expect(cpusOfWorker([2, 3], 0, 3)).toBe("2,3");
    expect(cpusOfWorker(undefined, 0, 1)).toBeNull();
  });

  test("metadata keeps to what gRPC allows", () => {
    const read = metadataField("--metadata");
    expect(read("X-Tenant=a=b")).toEqual(["x-tenant", "a=b"]);
    expect(read("trace-bin=AQI=")).toEqual(["trace-bin", "AQI="]);
    for (const wrong of ["no-value", ":path=/x", "grpc-timeout=1S", "te=x", "trace-bin=***", "x=ü", "=v"]) {
      expect(faultOf(() => read(wrong))).toContain(`--metadata ${wrong}: cannot be sent`);
    }
  });
});
