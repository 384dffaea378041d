/**
 * By how many minors kubectl is newer than the API server, negative: older. One is supported
 * (https://kubernetes.io/releases/version-skew-policy/#kubectl).
 * @param versions gitVersion of both: `v1.33.3`
 */
export function minorsApart({ client, server }: { readonly client: string; readonly server: string }): number {
  return minorOf(client) - minorOf(server);
}

function minorOf(gitVersion: string): number {
  return Number(/^v?\d+\.(\d+)/.exec(gitVersion)?.[1] ?? 0);
}
