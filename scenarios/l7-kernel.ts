/**
 * The road that the article imagines: gRPC methods judged by a program in the kernel. Experimental: it is there to be
 * measured beside the others, and to show what it cannot do (docs/l7-kernel.md).
 */
import { EXIT, Fault } from "../loadgen/fault.js";
import { nearestWord } from "../loadgen/nearest-word.js";
import { PAYMENTS_ACCESS } from "./access-policy.js";
import { KERNEL_ACTIONS, type KernelAction, type Refusal, type Road, type Scenario } from "./scenario.js";

export const L7_KERNEL_NAME = "l7-kernel";

/** How a refused call ends, as its caller sees it. */
const REFUSALS: Readonly<Record<KernelAction, Refusal>> = {
  observe: "none",
  drop: "silence",
  reset: "UNAVAILABLE",
  rewrite: "UNIMPLEMENTED",
};

/** Packets of a refused call are dropped: what the article says happens. */
export const L7_KERNEL: Scenario = withAction("drop");

/**
 * `l7-kernel`, or with another action as in `l7-kernel@reset`.
 * @throws Fault (usage) for any other name that begins so
 */
export function kernelScenarioOf(name: string): Scenario {
  if (name === L7_KERNEL_NAME) return L7_KERNEL;
  const [, asked = null] = /^l7-kernel@(.*)$/.exec(name) ?? [];
  const action = KERNEL_ACTIONS.find((known) => known === asked);
  if (action !== undefined) return { ...withAction(action), name };
  throw asked === null && name.includes("tls") ? overTls(name) : unknownAction(name, asked);
}

/** Whether a road is there to be looked at only: no advice, gate or capacity rests on it. */
export function isExperimental({ policy }: Road): boolean {
  return policy === L7_KERNEL_NAME;
}

/** Its name, wherever it stands among other roads'. */
export function shownName({ name, road }: Pick<Scenario, "name" | "road">): string {
  return isExperimental(road) ? `${name} (experimental)` : name;
}

function withAction(action: KernelAction): Scenario {
  return {
    name: L7_KERNEL_NAME,
    question: "Experimental: what would it cost to judge every gRPC method in the kernel, without Envoy?",
    baseline: "l4",
    differs: "L7 in eBPF (experimental)",
    road: {
      policy: L7_KERNEL_NAME,
      kernel: { access: PAYMENTS_ACCESS, action },
      proxy: { kind: "none" },
      tls: "none",
    },
    promise: {
      judged: true,
      proxied: "none",
      handshakes: "none",
      refusal: REFUSALS[action],
      countedByRule: true,
    },
    twinOf: null,
  };
}

function overTls(name: string): Fault {
  return new Fault({
    fact: `there is no road "${name}"`,
    expected: "plaintext: a program at the veth sees what is on the wire, and with TLS that is no HTTP/2",
    so: "no method can be judged in the kernel over TLS",
    try: "--roads +l7-kernel, and l7-tls for what judging over TLS costs",
    exitCode: EXIT.usage,
  });
}

function unknownAction(name: string, asked: string | null): Fault {
  const nearest = nearestWord(asked ?? name, KERNEL_ACTIONS);
  return new Fault({
    fact: `there is no scenario "${name}"`,
    expected: `l7-kernel, or l7-kernel@ and one of ${KERNEL_ACTIONS.join(", ")}`,
    try: nearest === null ? "tollgate scenarios list" : `did you mean "l7-kernel@${nearest}"?`,
    exitCode: EXIT.usage,
  });
}
