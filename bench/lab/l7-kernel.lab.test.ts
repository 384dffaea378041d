/**
 * The experimental program l7-kernel on a standing lab: who is judged rightly, against nghttp2's own decoder.
 */
import { spawn, execFileSync } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PAYMENTS_METHODS, PAYMENTS_PORT } from "../../proto/payments.js";
import { compiledPath } from "../../proto/package-root.js";
import { provePath } from "../../results/path-proof.js";
import type { KernelDemonstration } from "../../results/kernel-demonstration.js";
import { scenarioByName } from "../../scenarios/catalogue.js";
import type { KernelAction } from "../../scenarios/scenario.js";
import { STANDARD_MIX } from "../../scenarios/standard-mix.js";
import { perSecond } from "../../loadgen/units.js";
import { wantedProbes } from "../run/probes.js";
import { planRoads, type RoadPlan } from "./address-plan.js";
import { startLab, type LabEnvironment } from "./lab-environment.js";
import { COMMANDS, descendant, labOptions, SHORT_PLAN } from "./lab.test-helper.js";
import { L7_COUNTERS_BATCH, l7CountersOf, type L7Counters, type PerCpuDump } from "./l7-kernel-map.js";
import type { FormsAnswer, FuzzAnswer, WireOrder } from "./testing/wire-client-main.js";
import { WIRE_FORMS } from "./testing/wire-forms.js";

const ACTIONS = ["observe", "reset", "rewrite"].map((action) => scenarioByName(`l7-kernel@${action}`));
const SCENARIOS = [scenarioByName("no-policy"), scenarioByName("l7-kernel"), ...ACTIONS];
const noSignal = new AbortController().signal;

let lab: LabEnvironment;
let inside: readonly string[];

beforeAll(async () => {
  lab = await startLab(labOptions());
  await lab.prepare(SCENARIOS, noSignal);
  const { pid } = descendant(process.pid, COMMANDS.supervisor);
  inside = ["nsenter", "--target", String(pid), "--mount", "--net", "--pid", "--"];
}, 120_000);
afterAll(() => lab[Symbol.asyncDispose]());

function planOf(name: string): RoadPlan {
  const road = planRoads(SCENARIOS).find(({ scenario }) => scenario.name === name);
  if (road === undefined) throw new Error(`no road ${name}`);
  return road;
}

function run(command: readonly string[], input = ""): string {
  const [program = "", ...args] = [...inside, ...command];
  return execFileSync(program, args, { input, encoding: "utf8" });
}

const inNamespace = (name: string, ...command: readonly string[]): string[] => [
  ...["nsenter", `--net=/run/netns/${name}`, "--"],
  ...command,
];

/** A server of nghttp2 beside the payments server on one road, on an address of its own. */
async function withNghttp2<T>(road: RoadPlan, work: (order: <O>(rest: object) => O) => Promise<T>): Promise<T> {
  const host = road.server.replace(/\.2$/, ".77");
  run(inNamespace("server", "ip", "addr", "add", `${host}/24`, "dev", road.links.server.name));
  const route = `${host}/32 via ${road.clientGateway} dev ${road.links.client.name} src ${road.callers["api-gateway"]}`;
  run(inNamespace("client", "ip", "route", "add", ...route.split(" ")));
  run(["ip", "neigh", "add", host, "lladdr", road.links.server.mac, "dev", road.links.nodeToServer.name]);
  const [program = "", ...args] = [
    ...inside,
    ...inNamespace(
      "server",
      process.execPath,
      compiledPath("bench/lab/testing/nghttp2-server-main"),
      host,
      String(PAYMENTS_PORT),
    ),
  ];
  const server = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(server.stdout, "data");
    const peer = { host, port: PAYMENTS_PORT, localAddress: road.callers["api-gateway"] };
    return await work((rest) => {
      const client = compiledPath("bench/lab/testing/wire-client-main");
      return JSON.parse(
        run(inNamespace("client", process.execPath, client, JSON.stringify({ ...peer, ...rest }))),
      ) as never;
    });
  } finally {
    server.stdin.end();
    await once(server, "exit");
    run(inNamespace("server", "ip", "addr", "del", `${host}/24`, "dev", road.links.server.name));
    run(inNamespace("client", "ip", "route", "del", ...route.split(" ")));
    run(["ip", "neigh", "del", host, "dev", road.links.nodeToServer.name]);
  }
}

function counters(road: RoadPlan): L7Counters {
  const [, counts] = JSON.parse(run(["bpftool", "--json", "batch", "file", "-"], L7_COUNTERS_BATCH)) as [
    unknown,
    { output: PerCpuDump },
  ];
  return l7CountersOf(road, counts.output);
}

function moved(before: L7Counters, after: L7Counters): L7Counters {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - before[name as keyof L7Counters]]),
  ) as L7Counters;
}

test("every road of it stands", () => {
  expect([...lab.notMeasured]).toEqual([]);
});

describe.each(SCENARIOS.slice(1).map((scenario) => [scenario.name, scenario] as const))("%s", (_name, scenario) => {
  test("answers and refuses as it promises", async () => {
    for (const { caller, method, promised } of wantedProbes(scenario)) {
      expect((await lab.probe(scenario, caller, method)).seen, `${method} by ${caller}`).toBe(promised);
    }
  });

  test.each(["lean", "grpc-js"] as const)("counts every call of %s by its rule", async (transport) => {
    const open = {
      ...SHORT_PLAN,
      loop: {
        kind: "open" as const,
        arrivals: { kind: "poisson" as const, rate: perSecond(400) },
        overflow: "queue" as const,
      },
      mix: STANDARD_MIX,
      connections: 2,
    };
    for (const plan of [SHORT_PLAN, open]) {
      const reading = await lab.measure({ scenario, plan, transport, programTime: false }, noSignal);
      expect(reading.measurement.books.ok).toBeGreaterThan(0);
      const proof = provePath(scenario.promise, reading.before, reading.after, reading.measurement);
      expect(proof).toMatchObject({ level: "exact", contradictions: [] });
      // On a busy machine TCP may send a packet twice, which the proof tells.
      expect(proof.doubts.filter((doubt) => !doubt.includes("for repetitions"))).toEqual([]);
    }
  });
});

test("its own time is counted", async () => {
  const scenario = scenarioByName("l7-kernel");
  const { programTime } = await lab.measure(
    { scenario, plan: SHORT_PLAN, transport: "lean", programTime: true },
    noSignal,
  );
  expect(programTime?.runs).toBeGreaterThan(0);
});

describe("twenty-four ways of writing a call", () => {
  const forms = (name: string, method: string): Promise<FormsAnswer> =>
    withNghttp2(planOf(name), (order) => Promise.resolve(order<FormsAnswer>({ kind: "forms", method })));

  test("are all understood by the server itself", async () => {
    const answers = await forms("no-policy", "IssueRefund");
    // nghttp2 takes no header list above its limits, and a query string is another method to it.
    const silent = Object.entries(answers).flatMap(([name, answered]) => (answered ? [] : [name]));
    expect(silent.filter((name) => !/1 KiB|query/.test(name))).toEqual([]);
    expect(Object.keys(answers)).toHaveLength(24);
  });

  test.each(["l7-kernel", "l7-kernel@reset", "l7-kernel@rewrite"])(
    "%s lets no refused call reach the handler",
    async (name) => {
      const answers = await forms(name, "IssueRefund");
      expect(Object.entries(answers).filter(([, answered]) => answered)).toEqual([]);
    },
  );

  test.each(["l7-kernel", "l7-kernel@reset", "l7-kernel@rewrite"])(
    "%s lets allowed calls pass, but for what it cannot tell",
    async (name) => {
      const answers = await forms(name, "ProcessPayment");
      expect(answers).toEqual(Object.fromEntries(WIRE_FORMS.map((form) => [form.name, form.allowedIs === "answered"])));
    },
  );
});

test("random valid connections are counted as nghttp2 decodes them", async () => {
  const road = planOf("l7-kernel@observe");
  const before = counters(road);
  const order: Omit<Extract<WireOrder, { kind: "fuzz" }>, "host" | "port" | "localAddress"> = {
    kind: "fuzz",
    methods: PAYMENTS_METHODS,
    seed: 1,
    connections: 40,
  };
  const { sent, answered } = await withNghttp2(road, (ask) => Promise.resolve(ask<FuzzAnswer>(order)));
  expect(answered).toEqual(sent);
  const count = (...methods: string[]): number => methods.reduce((sum, method) => sum + (sent[method] ?? 0), 0);
  const seen = moved(before, counters(road));
  expect(seen).toMatchObject({
    allowed: count("ProcessPayment", "GetPaymentStatus"),
    denied: count("IssueRefund", "GenerateFinancialReport"),
    unjudged: 0,
    outOfOrder: 0,
  });
  for (const form of ["raw", "huffman", "indexed", "split"] as const) expect(seen[form], form).toBeGreaterThan(100);
});

test("a raw path that no map names is spoilt when rewriting, and its connection goes on", async () => {
  const road = planOf("l7-kernel@rewrite");
  const before = counters(road);
  const form = "a query string behind the path";
  const ask = { kind: "forms", method: "ProcessPayment", form };
  const answers = await withNghttp2(road, (order) => Promise.resolve(order<FormsAnswer>(ask)));
  expect(answers).toEqual({ [form]: false });
  expect(moved(before, counters(road))).toMatchObject({ denied: 1, rewritten: 1, dropped: 0, unjudged: 0 });
});

describe("what it does to callers", () => {
  let shown: KernelDemonstration;
  beforeAll(async () => {
    shown = await lab.demonstrate(scenarioByName("l7-kernel"));
  }, 60_000);

  const of = (action: KernelAction): Record<string, unknown> => {
    const one = shown.refusals.find((refusal) => refusal.action === action);
    return {
      refused: one?.refused.seen,
      beside: one?.beside.map(({ seen }) => seen),
      later: one?.later.seen,
      reconnected: one?.reconnected,
    };
  };
  const [ok, hung, cut] = ["OK", "DEADLINE_EXCEEDED", "UNAVAILABLE"];

  test("observing harms nobody", () => {
    expect(of("observe")).toEqual({ refused: ok, beside: [ok, ok], later: ok, reconnected: false });
  });

  test("dropping hangs every call of the connection, those after it too", () => {
    expect(of("drop")).toEqual({ refused: hung, beside: [hung, hung], later: hung, reconnected: false });
  });

  test("resetting ends every call of the connection, and the next connects anew", () => {
    expect(of("reset")).toEqual({ refused: cut, beside: [cut, cut], later: ok, reconnected: true });
  });

  test("rewriting makes the server refuse, and no other call is harmed", () => {
    expect(of("rewrite")).toEqual({ refused: "UNIMPLEMENTED", beside: [ok, ok], later: ok, reconnected: false });
  });

  test("a forged segment gets a refused call answered, whatever the action", () => {
    const forged = shown.attacks.filter(({ attack }) => attack === "forged-segment");
    expect(forged.map((one) => [one.action, one.answeredPlainly, one.answeredUnderAttack])).toEqual([
      ["drop", 0, 1],
      ["reset", 0, 1],
      ["rewrite", 0, 1],
    ]);
  });

  test("a lost packet gets a rewritten call answered", () => {
    const lost = shown.attacks.find(({ attack }) => attack === "lost-packet");
    expect(lost).toMatchObject({ action: "rewrite", answeredPlainly: 0, answeredUnderAttack: 1 });
  });

  test("leaves the road as it was", async () => {
    const reading = await lab.probe(scenarioByName("l7-kernel"), "api-gateway", "IssueRefund");
    expect(reading.seen).toBe("silence");
  });
});
