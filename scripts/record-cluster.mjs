/**
 * `node scripts/record-cluster.mjs [NAME...]`: brings the testbed into one state after the other and keeps what kubectl and
 * cilium-dbg answer there, for the tests (bench/cluster/recordings). Takes about seven minutes with a built testbed, which
 * it starts anew and leaves up.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuild, ROOT } from "./ensure.mjs";

const TESTBED = join(ROOT, "testbed");
const POLICIES = join(TESTBED, "test/policies");
const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "tollgate-record-"));
let env = { ...process.env };

const ARTICLE = {
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { name: "article", namespace: "bench" },
  spec: {
    endpointSelector: { matchLabels: { app: "payments-service" } },
    ingress: [
      {
        fromEndpoints: [{ matchLabels: { app: "api-gateway" } }],
        toPorts: [
          {
            ports: [{ port: "50051", protocol: "TCP" }],
            rules: { l7proto: "grpc", l7: [{ method: "/payments.Payments/ProcessPayment" }] },
          },
        ],
      },
    ],
  },
};

/** In an order that needs few starts; each state begins without policies. */
const STATES = [
  { name: "1.18.4-no-policy", state: "Cilium 1.18.4, no policy", up: {} },
  { name: "failures", state: "Cilium 1.18.4; every failure that tollgate names", make: prepareFailures },
  { name: "1.18.4-l7", state: "Cilium 1.18.4, the L7 policy in force, 5 calls allowed and 2 refused", make: l7 },
  {
    name: "1.18.4-l7-tls",
    state: "Cilium 1.18.4, TLS intercepted on egress, 5 calls allowed and 2 refused",
    make: l7Tls,
  },
  {
    name: "1.18.4-missing-secrets",
    state: "Cilium 1.18.4, TLS policy whose Secrets are missing",
    make: missingSecrets,
  },
  // Endpoints that the article's policy has caught stay caught for minutes after it is gone.
  { name: "1.18.4-article", state: "Cilium 1.18.4, the article's policy: Valid, and never in force", make: article },
  {
    name: "1.18.4-l7-off",
    state: "Cilium 1.18.4 with enable-l7-proxy=false, the L7 policy applied: Valid, and all traffic open",
    make: l7Off,
    unmake: () => l7Proxy("true"),
  },
  {
    name: "1.19.6-l7",
    state: "upgraded to Cilium 1.19.6, the L7 policy in force, 5 calls allowed, 2 refused",
    make: newer,
  },
];

ensureBuild();
for (const { name, state, up, make, unmake } of STATES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (up !== undefined || !isUp()) start(up ?? {});
  env = { ...env, KUBECONFIG: adminKubeconfig() };
  if (kubectl("get", "namespace", "bench", "--ignore-not-found") === "") application();
  kubectl("-n", "bench", "delete", "cnp", "--all");
  try {
    make?.();
    const recorder = join(ROOT, "dist/bench/cluster/testing/record-main.js");
    execFileSync(process.execPath, [recorder, name, state], { env, stdio: "inherit" });
  } finally {
    unmake?.();
  }
}

function isUp() {
  return testbed("status").includes("running  node");
}

function start(settings) {
  testbed("down");
  execFileSync(join(TESTBED, "testbed"), ["up"], { env: { ...process.env, ...settings }, stdio: "inherit" });
  env = { ...process.env, KUBECONFIG: adminKubeconfig() };
  application();
}

function application() {
  execFileSync("bash", [join(TESTBED, "test/app.sh")], { env, stdio: "inherit" });
}

function adminKubeconfig() {
  return testbed("env").trim().replace("export KUBECONFIG=", "");
}

function l7() {
  policyAndCalls("l7-plain", "plain");
}

function l7Tls() {
  policyAndCalls("l7-tls-egress", "tls");
}

function policyAndCalls(policy, mode) {
  kubectl("apply", "-f", join(POLICIES, `${policy}.yaml`));
  pause(3);
  call(mode, "ProcessPayment", 5);
  call(mode, "IssueRefund", 2);
  pause(1);
}

function article() {
  kubectl("apply", "-f", file("article.json", ARTICLE));
  pause(8);
}

function missingSecrets() {
  const policy = readFileSync(join(POLICIES, "l7-tls-egress.yaml"), "utf8");
  writeFileSync(join(folder, "missing.yaml"), policy.replaceAll("payments-intercept-tls", "not-there"));
  kubectl("apply", "-f", join(folder, "missing.yaml"));
  pause(8);
}

function newer() {
  execFileSync(join(TESTBED, "testbed"), ["upgrade", "1.19.6"], { env, stdio: "inherit" });
  l7();
}

function l7Off() {
  l7Proxy("false");
  kubectl("apply", "-f", join(POLICIES, "l7-plain.yaml"));
  pause(5);
  call("plain", "ProcessPayment", 5);
  call("plain", "IssueRefund", 2);
}

function l7Proxy(isOn) {
  const patch = JSON.stringify({ data: { "enable-l7-proxy": isOn } });
  kubectl("-n", "kube-system", "patch", "configmap", "cilium-config", "--type", "merge", "-p", patch);
  kubectl("-n", "kube-system", "rollout", "restart", "ds/cilium");
  kubectl("-n", "kube-system", "rollout", "status", "ds/cilium", "--timeout=180s");
}

function call(mode, method, n) {
  const ip = kubectl("-n", "bench", "get", "pod", `payments-${mode}`, "-o", "jsonpath={.status.podIP}");
  const plan = { target: `${ip}:50051`, tls: mode === "tls", method, n, deadline: 2000 };
  kubectl("-n", "bench", "exec", "gw", "--", "/usr/bin/node", "/app/client.cjs", JSON.stringify(plan));
}

/** Contexts with too few rights, wrong credentials and no server; namespaces that are full, strict and ending. */
function prepareFailures() {
  for (const name of ["full", "strict", "ending"]) kubectl("apply", "-f", file("ns.json", namespace(name)));
  kubectl("-n", "full", "create", "quota", "pods", "--hard=pods=0");
  kubectl("label", "namespace", "strict", "pod-security.kubernetes.io/enforce=restricted");
  kubectl("-n", "bench", "create", "serviceaccount", "limited");
  kubectl("-n", "bench", "create", "configmap", "held", "--from-literal=key=theirs");
  kubectl("-n", "ending", "create", "configmap", "stays");
  kubectl("-n", "ending", "patch", "configmap", "stays", "-p", '{"metadata":{"finalizers":["tollgate.test/stays"]}}');
  kubectl("delete", "namespace", "ending", "--wait=false");
  pause(2);
  const token = kubectl("-n", "bench", "create", "token", "limited");
  const config = JSON.parse(kubectl("config", "view", "--raw", "-o", "json"));
  const [{ cluster }] = config.clusters;
  config.clusters.push({ name: "nowhere", cluster: { ...cluster, server: cluster.server.replace("6443", "6444") } });
  config.users.push({ name: "limited", user: { token } }, { name: "stranger", user: { token: "expired" } });
  const own = config.clusters[0].name;
  config.contexts.push(
    { name: "limited", context: { cluster: own, user: "limited" } },
    { name: "unauthorized", context: { cluster: own, user: "stranger" } },
    { name: "unreachable", context: { cluster: "nowhere", user: "limited" } },
  );
  env = { ...env, KUBECONFIG: file("kubeconfig.json", config) };
}

function namespace(name) {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

function file(name, value) {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

function kubectl(...args) {
  return execFileSync("kubectl", args, { env, encoding: "utf8" });
}

function testbed(...args) {
  return execFileSync(join(TESTBED, "testbed"), args, { encoding: "utf8" });
}

/** For states that are not to come about: nothing tells when they will not any more. */
function pause(seconds) {
  execFileSync("sleep", [String(seconds)]);
}
