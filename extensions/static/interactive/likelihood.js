// Mean log-likelihood of a few observed lengths under a geometric law, split into entropy and divergence.
// Height: 850 wide, 1027 narrow
"use strict";

(() => {
  const { sum, entropy, kl_divergence } = Book.measures;
  const { shown } = Book;
  const MOST = 12;
  const normalize = (counts) => counts.map((count) => count / sum(counts));
  const fit_geometric = (counts) => sum(counts) / sum(counts.map((count, i) => count * (i + 1)));
  const law = (theta, i) => theta * (1 - theta) ** i; // of length i + 1
  const mean_log_likelihood = (counts, theta) =>
    sum(counts.map((count, i) => (count === 0 ? 0 : count * (Math.log2(theta) + i * (Math.log1p(-theta) / Math.LN2))))) / sum(counts);
  // The last outcome is all greater lengths, none of which was seen.
  const divergence = (counts, theta) =>
    kl_divergence([...normalize(counts), 0], [...counts.map((_, i) => law(theta, i)), (1 - theta) ** counts.length]);
  const changed = (counts, i, value) => {
    const next = counts.map((count, x) => (x === i ? Math.round(value) : count));
    return { counts: sum(next) > 0 ? next : counts }; // the last observation can't be taken away
  };

  Book.component("likelihood", {
    title: "Drag the model: least surprise is least divergence",
    hint: "Bars are the lengths of observed words, orange marks a geometric law. Below, the mean cost of an observation: its lowest point lies where the divergence is least, and the entropy of the sample can't be saved.",
    start: { theta: 0.45, counts: [2, 6, 9, 7, 4, 3, 1, 1] },
    parameters: ({ counts }) => [
      { name: "theta", label: "parameter θ of the model", field: "θ", min: 0.05, max: 0.9, step: 0.01, digits: 4 },
      ...counts.map((_, i) => ({
        name: `n${i}`, label: `words of length ${i + 1}`, field: `length ${i + 1}`, min: 0, max: MOST, step: 1, digits: 0, page: 3, hidden: true,
        get: (state) => state.counts[i], set: (state, value) => changed(state.counts, i, value),
      })),
    ],
    results: [
      { name: "cost", label: "mean −log-likelihood", unit: "bits" },
      { name: "entropy", label: "H of the sample", unit: "bits" },
      { name: "divergence", label: "D(sample ‖ model)", unit: "bits" },
      { name: "best", label: "best θ", digits: 4 },
    ],
    actions: [
      { label: "Maximum likelihood", to: (_, { best }) => ({ theta: Math.min(0.9, best) }) },
      { label: "Geometric words", to: () => ({ counts: [12, 6, 3, 2, 1, 0, 0, 0] }) },
    ],
    values: ({ theta, counts }) => ({ cost: 0 - mean_log_likelihood(counts, theta), entropy: entropy(normalize(counts)),
      divergence: divergence(counts, theta), best: fit_geometric(counts) }),
    height: 510,
    draw(chart, { theta, counts }, values) {
      const n = sum(counts), right = chart.width - 12, y = chart.scale([0, MOST], [220, 30]), slot = (right - 44) / counts.length;
      chart.axis("y", y, 44, [0, 4, 8, 12], `words, ${shown(n, 0)} in all`);
      counts.forEach((count, i) => {
        const x = 44 + slot * (i + 0.5), model = n * law(theta, i);
        chart.rect("area blue", x - slot * 0.31, 220, slot * 0.62, y(count) - 220);
        chart.text("tick middle", x, 237, String(i + 1));
        if (model <= MOST * 1.05) chart.line("line orange", [[x - slot * 0.42, y(model)], [x + slot * 0.42, y(model)]]);
        else chart.text("orange middle strong", x, 44, "↑");
        chart.handle(`n${i}`, x, y(count), { axis: "y", value: y.invert, hit: [Math.min(44, slot), 44] });
      });
      chart.line("axis", [[44, 220], [right, 220]]);
      chart.text("label middle", (44 + right) / 2, 256, "length");

      const x = chart.scale([0, 1], [44, right]), bits = chart.scale([0, 7], [470, 300]), top = (value) => bits(Math.min(7, value));
      chart.axis("x", x, 470, [0, 0.25, 0.5, 0.75, 1], "θ");
      chart.axis("y", bits, 44, [0, 2, 4, 6], "bits an observation");
      chart.line("line", [[x(0), bits(values.entropy)], [x(1), bits(values.entropy)]]);
      chart.curve("line orange", (at) => (at > 0 && at < 1 ? 0 - mean_log_likelihood(counts, at) : Infinity), x, bits, 240);
      chart.curve("line green dash", (at) => (at > 0 && at < 1 ? divergence(counts, at) : Infinity), x, bits, 240);
      chart.line("guide", [[x(values.best), 470], [x(values.best), 300]]);
      chart.rect("area green", x(theta) - 5, bits(values.entropy), 10, top(values.cost) - bits(values.entropy));
      chart.rect("area faint", x(theta) - 5, 470, 10, bits(values.entropy) - 470);
      chart.text("end", x(1) - 4, bits(values.entropy) - 6, "H of the sample");
      chart.text("orange middle", x(0.5), 306, "solid: mean −log-likelihood");
      chart.text("green middle", x(0.5), 324, "dashed: D(sample ‖ model)");
      chart.handle("theta", x(theta), top(values.cost), { axis: "x", value: x.invert, look: "orange" });
    },
    words: ({ theta }, { cost, entropy: h, divergence: d, best }) =>
      `θ is ${shown(theta, 2)}, best is ${shown(best, 2)}. A word costs ${shown(cost)} bits: entropy of the sample ${shown(h)}, divergence ${shown(d)}.`,
  });
})();
