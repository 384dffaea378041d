/**
 * Envoy's admin interface over its unix socket: is it live, and what have its counters come to. One request per reading,
 * filtered by Envoy, so that a reading costs a few milliseconds and no more of the CPU that is being measured.
 */
import { Agent, request } from "node:http";

export class EnvoyAdmin {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** All listeners are up. False as well while nobody answers. */
  async isLive(): Promise<boolean> {
    return this.#get("/ready").then(
      (body) => body.startsWith("LIVE"),
      () => false,
    );
  }

  /** Counters whose whole name matches. @throws when Envoy does not answer. */
  async counters(nameRegex: string): Promise<ReadonlyMap<string, number>> {
    const filter = encodeURIComponent(`^(${nameRegex})$`);
    const body = await this.#get(`/stats?format=json&type=Counters&filter=${filter}`);
    const { stats } = JSON.parse(body) as { stats: readonly { name?: string; value?: number }[] };
    return new Map(stats.flatMap(({ name, value }) => (name === undefined ? [] : [[name, value ?? 0]])));
  }

  /** As the running program names itself: `1.37.0`. @throws when Envoy does not answer. */
  async version(): Promise<string> {
    // "version": "3909deb175ef358202d6ab4f94d683ffc0fdb477/1.37.0/Clean/RELEASE/BoringSSL"
    const { version } = JSON.parse(await this.#get("/server_info")) as { version: string };
    return version.split("/")[1] ?? version;
  }

  close(): void {
    this.#agent.destroy();
  }

  #get(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: this.#socketPath, path, agent: this.#agent, timeout: ANSWER_WITHIN_MS });
      asked.on("timeout", () => asked.destroy(new Error("no answer from Envoy's admin socket")));
      asked.on("error", reject);
      asked.on("response", (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 200 || path === "/ready") resolve(body);
          else reject(new Error(`Envoy's admin interface answered ${path} with ${response.statusCode}`));
        });
      });
      asked.end();
    });
  }
}

const ANSWER_WITHIN_MS = 2000;
