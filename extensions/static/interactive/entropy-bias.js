// The mean of the plug-in entropy of a sample, and of the correction by Miller and Madow: exact, for a Zipf law.
// Height: 650 wide, 852 narrow
"use strict";

(() => {
  const { sum, entropy, kl_term } = Book.measures;
  const { shown } = Book;
  const [FEWEST, MOST] = [2, 1000];
  const log_factorial = [0];
  for (let k = 1; k <= MOST; k += 1) log_factorial.push(log_factorial[k - 1] + Math.log(k));

  const zipf = (outcomes, exponent) => {
    const weights = Array.from({ length: outcomes }, (_, i) => (i + 1) ** -exponent), whole = sum(weights);
    return weights.map((weight) => weight / whole);
  };
  // The mean divergence of the sample from the truth, in bits: what the plug-in entropy lacks in the mean. Each count
  // is binomial, so each outcome adds one sum; equal outcomes add equal ones.
  const mean_gap = (p, n) => {
    const known = new Map();
    for (const share of new Set(p)) {
      const [log, other] = [Math.log(share), Math.log1p(-share)];
      let total = 0;
      for (let k = 0; k <= n; k += 1) {
        total += Math.exp(log_factorial[n] - log_factorial[k] - log_factorial[n - k] + k * log + (n - k) * other) * kl_term(k / n, share);
      }
      known.set(share, total / Math.LN2);
    }
    return sum(p.map((share) => known.get(share)));
  };
  const mean_seen = (p, n) => sum(p.map((share) => -Math.expm1(n * Math.log1p(-share))));
  const correction = (seen, n) => (seen - 1) / (2 * n) / Math.LN2;

  const curves = { key: "" };
  const sampled = (outcomes, exponent) => {
    if (curves.key !== `${outcomes} ${exponent}`) {
      const p = zipf(outcomes, exponent), steps = Array.from({ length: 41 }, (_, i) => Math.round(FEWEST * (MOST / FEWEST) ** (i / 40)));
      const sizes = [...new Set(steps)];
      Object.assign(curves, { key: `${outcomes} ${exponent}`, sizes, gap: sizes.map((n) => mean_gap(p, n)), seen: sizes.map((n) => mean_seen(p, n)) });
    }
    return curves;
  };
  const whole = ({ outcomes, n }) => [Math.round(outcomes), Math.round(n)];

  Book.component("entropy-bias", {
    title: "Draw more: when does it arrive?",
    hint: "The truth is a Zipf law; with exponent 0 all outcomes are equal. The curves are means over all samples of n draws, exact. The handle on the right sets the number of outcomes.",
    start: { n: 20, outcomes: 32, exponent: 1 },
    parameters: [
      { name: "n", label: "draws", field: "draws n", min: FEWEST, max: MOST, step: 1, digits: 0, page: 20, set: (_, value) => ({ n: Math.round(value) }) },
      { name: "outcomes", label: "possible outcomes", field: "outcomes K", min: 2, max: 50, step: 1, digits: 0, page: 5,
        set: (_, value) => ({ outcomes: Math.round(value) }) },
      { name: "exponent", label: "exponent of the Zipf law", field: "exponent", min: 0, max: 2, step: 0.1, digits: 3 },
    ],
    results: [
      { name: "truth", label: "true entropy", unit: "bits" },
      { name: "plug_in", label: "mean of plug-in", unit: "bits" },
      { name: "bias", label: "its bias", unit: "bits" },
      { name: "formula", label: "−(K − 1)/2n", unit: "bits" },
      { name: "miller_madow", label: "Miller–Madow", unit: "bits" },
    ],
    actions: [
      { label: "Ten times the draws", to: ({ n }) => ({ n: Math.min(MOST, 10 * n) }) },
      { label: "All equal", to: () => ({ exponent: 0 }) },
    ],
    values: (state) => {
      const [outcomes, n] = whole(state), p = zipf(outcomes, state.exponent), truth = entropy(p), bias = -mean_gap(p, n), seen = mean_seen(p, n);
      return { truth, plug_in: truth + bias, bias, formula: -correction(outcomes, n), miller_madow: truth + bias + correction(seen, n), seen };
    },
    height: 330,
    draw(chart, state, values) {
      const [outcomes, n] = whole(state), right = chart.width - 24;
      const x = chart.scale([Math.log10(FEWEST), Math.log10(MOST)], [44, right]), y = chart.scale([0, 6], [280, 26]), at = (size) => x(Math.log10(size));
      chart.axis("y", y, 44, [0, 1, 2, 3, 4, 5, 6], "bits");
      chart.axis("x", x, 280, [1, 2, 3], "draws n", (power) => String(10 ** power).replace("000", ",000"));
      const { sizes, gap, seen } = sampled(outcomes, state.exponent);
      chart.line("guide", [[44, y(Math.log2(outcomes))], [right, y(Math.log2(outcomes))]]);
      chart.line("line", [[44, y(values.truth)], [right, y(values.truth)]]);
      chart.line("line faint dash", sizes.map((size) => {
        const formula = values.truth - correction(outcomes, size);
        return formula >= 0 ? [at(size), y(formula)] : null;
      }));
      chart.line("line green dash", sizes.map((size, i) => [at(size), y(values.truth - gap[i] + correction(seen[i], size))]));
      chart.line("line orange", sizes.map((size, i) => [at(size), y(values.truth - gap[i])]));
      chart.line("line thin", [[at(n), y(values.plug_in)], [at(n), y(values.truth)]]);
      chart.dot("dot green", at(n), y(values.miller_madow), 5);
      chart.text("tick", 50, y(Math.log2(outcomes)) - 5, "log K");
      chart.text("end", right - 18, y(values.truth) + 18, "truth");
      chart.text("orange end", right, 230, "solid: plug-in");
      chart.text("green end", right, 248, "dashed: Miller–Madow");
      chart.text("faint end", right, 266, "grey: truth − (K − 1)/2n");
      chart.handle("outcomes", right, y(Math.log2(outcomes)), { axis: "y", value: (py) => 2 ** y.invert(py), look: "faint" });
      chart.handle("n", at(n), y(values.plug_in), { axis: "x", value: (px) => 10 ** x.invert(px), look: "orange" });
    },
    words: (state, { truth, plug_in, bias, seen }) => {
      const [outcomes, n] = whole(state);
      return `${shown(n, 0)} draws of ${shown(outcomes, 0)} outcomes, of which ${shown(seen, 1)} are seen. `
        + `Plug-in is ${shown(plug_in)} bits in the mean, ${shown(-bias)} below the truth, ${shown(truth)}.`;
    },
  });
})();
