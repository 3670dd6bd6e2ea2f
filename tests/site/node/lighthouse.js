// Lighthouse on the pages named on the command line, one after the other in one browser; prints one line of JSON a run.
//
//   node lighthouse.js BROWSER RUNS ADDRESS...
//
// The settings are Lighthouse's own for a phone: a slow 4G line and a processor four times slower, both simulated.

import * as launcher from "chrome-launcher";
import lighthouse from "lighthouse";

const [browser, runs, ...addresses] = process.argv.slice(2);
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

const chrome = await launcher.launch({
  chromePath: browser,
  chromeFlags: [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});

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

try {
  for (const address of addresses) {
    for (let run = 0; run < Number(runs); run += 1) {
      const start = Date.now();
      const { lhr } = await lighthouse(address, { port: chrome.port, onlyCategories: CATEGORIES, logLevel: "error" });
      const numbers = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift",
        "speed-index", "total-byte-weight"];
      console.log(JSON.stringify({
        address, error: lhr.runtimeError?.message ?? null, seconds: (Date.now() - start) / 1000,
        machine: lhr.environment.benchmarkIndex,
        scores: Object.fromEntries(CATEGORIES.map((name) => [name, Math.round(100 * lhr.categories[name].score)])),
        numbers: Object.fromEntries(numbers.map((name) => [name, lhr.audits[name]?.numericValue])),
        lost: Object.fromEntries(CATEGORIES.map((name) => [name, lost(lhr, name)])),
      }));
      if (process.env.LHR) { (await import("node:fs")).writeFileSync(process.env.LHR, JSON.stringify(lhr)); }
    }
  }
} finally {
  chrome.kill();
}
