import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EnvoyAdmin } from "./envoy-admin.js";

let folder: string;
let server: Server | undefined;
let admin: EnvoyAdmin;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tollgate-admin-"));
  admin = new EnvoyAdmin(join(folder, "admin.sock"));
});
afterEach(async () => {
  admin.close();
  server?.close();
  await rm(folder, { recursive: true });
});

async function answering(listener: RequestListener): Promise<void> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(join(folder, "admin.sock"), resolve));
}

describe("Envoy's admin interface", () => {
  test("says when Envoy is live, and not before", async () => {
    let state = "PRE_INITIALIZING\n";
    expect(await admin.isLive()).toBe(false);
    await answering((_request, response) => response.writeHead(state === "LIVE\n" ? 200 : 503).end(state));
    expect(await admin.isLive()).toBe(false);
    state = "LIVE\n";
    expect(await admin.isLive()).toBe(true);
  });

  test("is asked for whole names only, so that no counter is taken for another", async () => {
    const asked: (string | null)[] = [];
    await answering((request, response) => {
      asked.push(new URL(request.url ?? "", "http://envoy").searchParams.get("filter"));
      response.end(JSON.stringify({ stats: [{ name: "http.road1.downstream_rq_total", value: 7 }, {}] }));
    });
    expect(await admin.counters(String.raw`http\.road1\.downstream_rq_total`)).toEqual(
      new Map([["http.road1.downstream_rq_total", 7]]),
    );
    expect(asked).toEqual([String.raw`^(http\.road1\.downstream_rq_total)$`]);
  });

  test("that answers with an error is an error", async () => {
    await answering((_request, response) => response.writeHead(404).end("no such path"));
    await expect(admin.counters("x")).rejects.toThrow("answered /stats");
  });

  test("that is not there is an error", async () => {
    await expect(admin.counters("x")).rejects.toThrow("ENOENT");
  });
});
