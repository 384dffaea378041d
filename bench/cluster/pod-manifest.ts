/**
 * The pod that every role runs in: a plain Node image, our program from a ConfigMap, and no right beyond that. It passes
 * PodSecurity "restricted". CPU has no limit: a throttled trial is void.
 */
import { QUIET_HEAP_FLAGS } from "../../loadgen/quiet-heap.js";
import type { Toleration } from "./cluster-options.js";
import { GRACE_SECONDS, SERVER_TLS_FOLDER, type PodRole } from "./pod-protocol.js";
import { CONTAINER, PROGRAM_CONFIG_MAP, TOKEN_SECRET } from "./run-names.js";

/** Where our files lie in each pod. */
export const APP_FOLDER = "/app";
export const PROGRAM_PATH = `${APP_FOLDER}/program.mjs`;

export interface PodPlace {
  readonly node: string;
  readonly image: string;
  readonly tolerations: readonly Toleration[];
}

export interface PodSetup extends PodPlace {
  readonly role: Exclude<PodRole, "relay">;
  /** Mounted where the server looks for its certificate. */
  readonly tlsSecret: string | null;
}

/** `spec` of a Pod, or of a Job's template. */
export function podSpec(setup: PodSetup): object {
  const { role, node, image, tolerations, tlsSecret } = setup;
  const tlsMount = tlsSecret === null ? [] : [{ name: "tls", mountPath: SERVER_TLS_FOLDER, readOnly: true }];
  const tlsVolume = tlsSecret === null ? [] : [{ name: "tls", secret: { secretName: tlsSecret } }];
  return {
    restartPolicy: "OnFailure", // what ends well has ended for good (pod-grace.ts)
    nodeSelector: { "kubernetes.io/hostname": node },
    tolerations,
    terminationGracePeriodSeconds: 1,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: CONTAINER,
        image,
        imagePullPolicy: "IfNotPresent",
        command: ["node", ...QUIET_HEAP_FLAGS, PROGRAM_PATH, role, String(GRACE_SECONDS)],
        env: [{ name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
        envFrom: [{ secretRef: { name: TOKEN_SECRET } }],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "512Mi" } },
        volumeMounts: [{ name: "program", mountPath: APP_FOLDER, readOnly: true }, ...tlsMount],
      },
    ],
    volumes: [
      {
        name: "program",
        configMap: {
          name: PROGRAM_CONFIG_MAP,
          items: [
            { key: "program.mjs", path: "program.mjs" },
            { key: "package.json", path: "package.json" },
            { key: "payments.proto", path: "proto/payments.proto" },
          ],
        },
      },
      ...tlsVolume,
    ],
  };
}
