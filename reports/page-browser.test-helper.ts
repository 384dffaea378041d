/** A browser for the tests of pages: what it is told to be, what pages say in it, and what it is asked from inside. */
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

export const CHROMIUM = "/usr/bin/chromium";
export const chromiumIsPresent = await access(CHROMIUM).then(
  () => true,
  () => false,
);

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Look {
  readonly width?: number;
  readonly script?: boolean;
  readonly scheme?: "light" | "dark";
}

export interface PageBench {
  /** Writes a page to disk; resolves with its address. */
  keep(name: string, html: string): Promise<string>;
  open(address: string, look?: Look): Promise<Page>;
  /** Everything that pages wrote on the console, errors among it. */
  readonly said: readonly string[];
  /** Everything that pages asked for. */
  readonly asked: readonly string[];
}

/** To be called inside a describe: the browser stands for its tests. */
export function pageBench(): PageBench {
  let folder = "";
  let browser: Browser;
  const said: string[] = [];
  const asked: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tollgate-page-"));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });
  return {
    ...{ said, asked },
    async keep(name, html) {
      await writeFile(join(folder, name), html);
      return pathToFileURL(join(folder, name)).href;
    },
    async open(address, { width = 1400, script = true, scheme = "light" } = {}) {
      const viewport = { width, height: 900 };
      const context = await browser.newContext({ viewport, javaScriptEnabled: script, colorScheme: scheme });
      const page = await context.newPage();
      page.on("request", (request) => asked.push(request.url()));
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(error.message));
      await page.goto(address);
      return page;
    },
  };
}

/** Of the page with everything unfolded, in pixels. */
export async function widthUnfolded(page: Page): Promise<number> {
  await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
  return page.evaluate<number>("document.documentElement.scrollWidth");
}

/** Texts whose contrast against the nearest painted ground is below 4.5 (WCAG 2.1, 1.4.3). */
export const FAINT_TEXTS = `(() => {
  const parse = (colour) => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number); return { rgb: [r, g, b], a }; };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const groundOf = (one) => {
    for (let at = one; at !== null; at = at.parentElement) {
      const { rgb, a } = parse(getComputedStyle(at).backgroundColor);
      if (a > 0.99) return rgb;
    }
    return [255, 255, 255];
  };
  const faint = new Set();
  for (const one of document.querySelectorAll("main *")) {
    const said = [...one.childNodes].filter((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    if (said.length === 0 || one.closest("title,option,select:disabled") !== null || one.getClientRects().length === 0) continue;
    const style = getComputedStyle(one);
    const isText = one.namespaceURI.endsWith("svg");
    const [a, b] = [light(parse(isText ? style.fill : style.color).rgb), light(groundOf(one))].sort((p, q) => q - p);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.add(one.localName + "." + one.getAttribute("class") + ": " + said[0].textContent.slice(0, 30));
  }
  return [...faint];
})()`;
