// The evidence lower bound and its gap, as the belief about a hidden cause moves.
// Height: 800 wide, 1093 narrow
// Needs: latents.js
"use strict";

(() => {
  const { log_evidence, elbo, elbo_gap, reconstruction_and_rate, softmax } = Book.measures;
  const { shown } = Book;
  const pair = (share) => [share, 1 - share];
  const model = ({ prior, wet_rain, wet_dry }) => {
    const log_likelihood = [wet_rain, wet_dry].map(Math.log);
    return { log_likelihood, log_joint: pair(prior).map((share, z) => Math.log(share) + log_likelihood[z]) };
  };

  Book.component("elbo", {
    title: "Move the belief: the bound touches the evidence at the posterior",
    hint: "Did it rain? The blue arch is the ELBO, green what it lacks. The ends of the dashed line are the probabilities of a wet street; the lowest handle is the prior.",
    start: { q: 0.25, prior: 0.25, wet_rain: 0.75, wet_dry: 0.25 },
    parameters: [
      { name: "q", label: "belief in rain", field: "belief q(rain)", min: 0, max: 1, step: 0.01, digits: 3 },
      { name: "prior", label: "prior probability of rain", field: "prior p(rain)", min: 0.05, max: 0.95, step: 0.01, digits: 3 },
      { name: "wet_rain", label: "probability of a wet street after rain", field: "p(wet | rain)", min: 0.1, max: 0.95, step: 0.01, digits: 3 },
      { name: "wet_dry", label: "probability of a wet street without rain", field: "p(wet | dry)", min: 0.1, max: 0.95, step: 0.01, digits: 3 },
    ],
    results: [
      { name: "evidence", label: "log evidence", unit: "bits" },
      { name: "bound", label: "ELBO", unit: "bits" },
      { name: "gap", label: "gap", unit: "bits" },
      { name: "reconstruction", label: "reconstruction", unit: "bits" },
      { name: "rate", label: "rate", unit: "bits" },
    ],
    actions: [
      { label: "Believe the posterior", to: (_, { posterior }) => ({ q: posterior }) },
      { label: "Believe the prior", to: ({ prior }) => ({ q: prior }) },
    ],
    values: (state) => {
      const { log_likelihood, log_joint } = model(state), q = pair(state.q);
      const [reconstruction, rate] = reconstruction_and_rate(q, pair(state.prior), log_likelihood);
      return { evidence: log_evidence(log_joint), bound: elbo(q, log_joint), gap: elbo_gap(q, log_joint), reconstruction, rate, posterior: softmax(log_joint)[0] };
    },
    height: 480,
    draw(chart, state, values) {
      const x = chart.scale([0, 1], [44, chart.width - 16]), y = chart.scale([-3.5, 0], [290, 26]), kl = chart.scale([0, 2], [440, 345]);
      const { log_likelihood, log_joint } = model(state), ticks = [0, 0.25, 0.5, 0.75, 1], low = (bits) => y(Math.max(-3.5, bits));
      chart.axis("y", y, 44, [-3, -2, -1, 0], "bits");
      chart.axis("x", x, 290, ticks);
      chart.line("line", [[x(0), y(values.evidence)], [x(1), y(values.evidence)]]);
      chart.line("line orange dash", log_likelihood.map((log, z) => [x(1 - z), y(log / Math.LN2)]));
      chart.curve("line blue", (q) => elbo(pair(q), log_joint), x, y, 320);
      chart.rect("area green", x(state.q) - 5, y(values.evidence), 10, low(values.bound) - y(values.evidence));
      const side = values.posterior < 0.5 ? [x(1) - 6, "end"] : [x(0) + 14, ""]; // where the arch is far below
      chart.text(side[1], side[0], y(values.evidence) - 6, "log evidence");
      chart.text("blue middle", x(values.posterior), y(values.evidence) + 24, "ELBO");
      chart.axis("y", kl, 44, [0, 1, 2], "KL divergence, bits");
      chart.axis("x", x, 440, ticks, "belief in rain, q(rain)");
      chart.curve("line green", (q) => elbo_gap(pair(q), log_joint), x, kl, 320);
      chart.curve("line pink dash", (q) => reconstruction_and_rate(pair(q), pair(state.prior), log_likelihood)[1], x, kl, 320);
      chart.text("green middle", x(0.5), 346, "solid: to the posterior");
      chart.text("pink middle", x(0.5), 364, "dashed: to the prior");
      for (const [value, look] of [[values.gap, "green"], [values.rate, "pink"]]) chart.dot(`dot ${look}`, x(state.q), kl(Math.min(2, value)), 5);
      chart.handle("wet_dry", x(0), y(log_likelihood[1] / Math.LN2), { axis: "y", value: (py) => 2 ** y.invert(py), look: "orange" });
      chart.handle("wet_rain", x(1), y(log_likelihood[0] / Math.LN2), { axis: "y", value: (py) => 2 ** y.invert(py), look: "orange" });
      chart.handle("prior", x(state.prior), kl(0), { axis: "x", value: x.invert, look: "pink", hit: [44, 36] });
      chart.handle("q", x(state.q), low(values.bound), { axis: "x", value: x.invert, look: "blue" });
    },
    words: (state, { evidence, bound, gap, posterior }, by) =>
      `${by === "prior" || by.startsWith("wet") ? "The model changed. " : by ? "The evidence stays. " : ""}`
      + `Belief ${shown(state.q, 2)}, posterior ${shown(posterior, 2)}: ELBO ${shown(bound)} plus gap ${shown(gap)} is the log evidence, ${shown(evidence)} bits.`,
  });
})();
