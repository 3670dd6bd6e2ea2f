// Mean and spread of three Monte Carlo estimators of the divergence of a Gaussian from the standard normal, exactly.
// Height: 760 wide, 912 narrow
"use strict";

(() => {
  const { gaussian_kl, normal_density } = Book.measures;
  const { shown } = Book;
  const P = [0, 1];

  // The integral of p^2/q less 1, for variances.
  const gaussian_chi_squared = (mean_p, cov_p, mean_q, cov_q) => {
    const spread = cov_p / cov_q;
    return spread >= 2 ? Infinity : Math.expm1((mean_p - mean_q) ** 2 / cov_q / (2 - spread) - Math.log1p(-((1 - spread) ** 2)) / 2);
  };
  // Under P the logarithm of p/q is its mean plus a(z^2 - 1) + bz with a standard normal z; its cumulants are known.
  const moments = ({ mean, sd }) => {
    const v = sd * sd, a = ((1 - sd) * (1 + sd)) / v / 2, b = -mean / v;
    const divergence = gaussian_kl(...P, mean, v, Math.E), reverse = gaussian_kl(mean, v, ...P, Math.E);
    const variance = 2 * a * a + b * b, third = 8 * a ** 3 + 6 * a * b * b, fourth = 48 * a ** 4 + 48 * a * a * b * b;
    const of_square = 4 * divergence ** 2 * variance + 4 * divergence * third + fourth + 2 * variance ** 2;
    const of_k3 = variance + gaussian_chi_squared(mean, v, ...P) - 2 * (divergence + reverse);
    return { divergence, k2: (divergence ** 2 + variance) / 2,
      sd1: Math.sqrt(variance), sd2: Math.sqrt(of_square) / 2, sd3: Math.sqrt(Math.max(0, of_k3)) };
  };

  Book.component("kl-estimators", {
    title: "Move Q: which estimator would you trust?",
    hint: "Samples come from P, the fixed curve. Below, for each estimator the mean and one standard deviation to either side of an average over n samples, all exact; the line is the divergence.",
    start: { mean: 0.5, sd: 1, n: 100 },
    parameters: [
      { name: "mean", label: "mean of Q", min: -2, max: 2, step: 0.05, digits: 2, page: 0.5 },
      { name: "sd", label: "standard deviation of Q", field: "sd of Q", min: 0.5, max: 2, step: 0.05, digits: 2, page: 0.25 },
      { name: "n", label: "number of samples", field: "samples n", min: 10, max: 1000, step: 10, digits: 0, page: 100,
        set: (_, value) => ({ n: Math.round(value) }) },
    ],
    results: [
      { name: "divergence", label: "D(P ‖ Q)", unit: "nats" },
      { name: "bias", label: "bias of k2", unit: "nats" },
      { name: "spread1", label: "sd of k1", unit: "nats" },
      { name: "spread2", label: "sd of k2", unit: "nats" },
      { name: "spread3", label: "sd of k3", unit: "nats" },
    ],
    actions: [
      { label: "Near", to: () => ({ mean: 0.2, sd: 0.95 }) },
      { label: "Far", to: () => ({ mean: 1.5, sd: 1 }) },
      { label: "Heavy tails", to: () => ({ mean: 0, sd: 1.5 }) },
    ],
    values: (state) => {
      const all = moments(state), root = Math.sqrt(state.n);
      return { divergence: all.divergence, k2: all.k2, bias: all.k2 - all.divergence,
        spread1: all.sd1 / root, spread2: all.sd2 / root, spread3: all.sd3 / root };
    },
    height: 420,
    draw(chart, { mean, sd }, values) {
      const right = chart.width - 14, x = chart.scale([-5, 5], [34, right]), y = chart.scale([0, 0.85], [190, 26]);
      chart.axis("y", y, 34, [0, 0.4, 0.8], "density");
      chart.axis("x", x, 190, [-4, -2, 0, 2, 4], "x");
      chart.curve("line blue", (at) => normal_density(at, ...P), x, y, 240);
      const density = (at) => normal_density(at, mean, sd);
      chart.curve("line orange dash", density, x, y, 320);
      chart.text("blue strong end", right, 40, "P solid");
      chart.text("orange strong end", right, 58, "Q dashed");

      // A scale for which all but the widest bars fit.
      const { divergence, k2, spread1, spread2, spread3 } = values;
      const need = Math.max(0.02, divergence + spread1, k2 + spread2);
      const top = [0.05, 0.1, 0.2, 0.4, 1, 2, 4, 10].find((one) => one >= need) || 20;
      const nats = chart.scale([-top / 4, top], [34, right]), from = 258, to = 378;
      chart.axis("x", nats, to, [0, top / 4, top / 2, (3 * top) / 4, top], "estimate, nats", (tick) => String(Number(tick.toPrecision(3))));
      chart.line("line", [[nats(divergence), from - 12], [nats(divergence), to]]);
      chart.text("middle", Book.clamp(nats(divergence), 70, right - 40), from - 18, "D(P ‖ Q)");
      [["k1", divergence, spread1, "pink"], ["k2", k2, spread2, "green"], ["k3", divergence, spread3, "blue"]].forEach(([name, at, spread, look], i) => {
        const row = from + 14 + 40 * i, ends = [-1, 1].map((side) => Book.clamp(nats(at + side * spread), 34, right));
        chart.rect(`area ${look}`, ends[0], row - 8, ends[1] - ends[0], 16);
        chart.dot(`dot ${look}`, Math.min(nats(at), right), row, 5);
        chart.text(`${look} strong`, 4, row + 5, name);
        if (!Number.isFinite(spread)) chart.text("middle", (34 + right) / 2, row + 24, "infinite spread");
      });
      chart.handle("mean", x(mean), y(density(mean)), { axis: "x", value: x.invert, look: "orange" });
      chart.handle("sd", x(mean + sd), y(density(mean + sd)), { axis: "x", value: (px) => x.invert(px) - mean, look: "orange", hit: [44, 36] });
    },
    words: (_, { divergence, bias, spread1, spread3 }) =>
      `D(P ‖ Q) is ${shown(divergence)} nats, k2 is off by ${shown(bias)}. `
      + (divergence === 0 ? "P and Q are equal: all three are exactly 0."
        : !Number.isFinite(spread3) ? "k3 has an infinite spread: Q has twice the variance of P, or more."
          : spread3 < spread1 ? `k3 spreads less than k1, ${shown(spread3)} against ${shown(spread1)}.` : `k1 spreads less than k3, ${shown(spread1)} against ${shown(spread3)}.`),
  });
})();
