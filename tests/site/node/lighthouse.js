// Lighthouse on the pages named on the command line, one after the other in one browser; prints one line of JSON a run.
//
//   node lighthouse.js BROWSER RUNS ADDRESS...
//
// The settings are Lighthouse's own for a phone: a slow 4G line and a processor four times slower, both simulated. The
// simulation starts from the time that each task of the page took here. On a machine that does something else besides,
// that is mostly waiting; so a task counts with the processor time it used, which Chromium notes as well.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import * as launcher from "chrome-launcher";
import lighthouse from "lighthouse";

const [browser, runs, ...addresses] = process.argv.slice(2);
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const NUMBERS = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift",
  "speed-index", "total-byte-weight"];

// What keeps a category below 100: the audits that lost points, and the first places they name.
function lost(lhr, category) {
  return lhr.categories[category].auditRefs
    .map((ref) => ({ weight: ref.weight, audit: lhr.audits[ref.id] }))
    .filter(({ weight, audit }) => weight > 0 && audit.score !== null && audit.score < 1)
    .map(({ audit }) => ({
      id: audit.id, title: audit.title, score: audit.score, value: audit.displayValue,
      places: (audit.details?.items ?? []).slice(0, 3).map((item) => item.node?.snippet ?? item.url ?? item.description ?? ""),
    }));
}

// Shrink each task of a thread, and what happened within it, to the processor time that it used. The pictures of the page
// as it appears move forward by as much as the page's own thread had waited until then.
function withoutWaiting(events) {
  const frame = events.find((event) => event.name === "TracingStartedInBrowser")?.args.data.frames.find((one) => !one.parent);
  const pictures = events.filter((event) => event.name === "Screenshot");
  const main = events.find((event) => event.name === "navigationStart" && event.args.frame === frame?.frame);
  const threads = Map.groupBy(events.filter((event) => event.ph === "X"), (event) => `${event.pid}.${event.tid}`);
  for (const [name, all] of threads) {
    const waits = [];
    let start = 0, end = 0, ratio = 1;
    for (const event of all.sort((a, b) => a.ts - b.ts || b.dur - a.dur)) {
      if (event.ts >= end) {
        start = event.ts; end = event.ts + event.dur;
        ratio = event.tdur === undefined || !event.dur ? 1 : Math.min(1, event.tdur / event.dur);
        waits.push([end, event.dur * (1 - ratio)]);
      }
      event.ts = start + (event.ts - start) * ratio;
      event.dur *= ratio;
    }
    if (main && name === `${main.pid}.${main.tid}`) {
      for (const picture of pictures) {
        picture.ts -= waits.reduce((sum, [when, wait]) => (main.ts < when && when <= picture.ts ? sum + wait : sum), 0);
      }
    }
  }
}

async function judge(address, port) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lighthouse-"));
  const flags = { port, onlyCategories: CATEGORIES, logLevel: "error", maxWaitForLoad: 120_000 };
  try {
    await lighthouse(address, { ...flags, gatherMode: folder });
    const plain = (await lighthouse(address, { ...flags, auditMode: folder })).lhr;
    const file = path.join(folder, "trace.json");
    const trace = JSON.parse(fs.readFileSync(file, "utf8"));
    withoutWaiting(trace.traceEvents);
    fs.writeFileSync(file, JSON.stringify(trace));
    return { plain, lhr: (await lighthouse(address, { ...flags, auditMode: folder })).lhr };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const chrome = await launcher.launch({
  chromePath: browser,
  chromeFlags: [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});
try {
  for (const address of addresses) {
    for (let run = 0; run < Number(runs); run += 1) {
      const start = Date.now();
      const { plain, lhr } = await judge(address, chrome.port);
      console.log(JSON.stringify({
        address, error: lhr.runtimeError?.message ?? null, seconds: (Date.now() - start) / 1000,
        machine: lhr.environment.benchmarkIndex,
        scores: Object.fromEntries(CATEGORIES.map((name) => [name, Math.round(100 * lhr.categories[name].score)])),
        plain: Math.round(100 * plain.categories.performance.score), // with the waiting
        numbers: Object.fromEntries(NUMBERS.map((name) => [name, lhr.audits[name]?.numericValue])),
        lost: Object.fromEntries(CATEGORIES.map((name) => [name, lost(lhr, name)])),
      }));
    }
  }
} finally {
  chrome.kill();
}
