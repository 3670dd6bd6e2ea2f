// Rate against distortion of the best linear VAE: the weight of the KL term is a water level.
// Height: 731 wide, 1168 narrow
// Needs: linear-vae.js
"use strict";

(() => {
  const { linear_vae_optimum } = Book.measures;
  const { shown } = Book;
  const HIGH = 4;

  Book.component("rate-distortion", {
    title: "Raise the weight β of the KL term and watch coordinates drown",
    hint: "Gaussian data of three coordinates and the best linear VAE for them, exactly. The water stands at β times the decoder's noise: of each coordinate only what rises above it is told by the code. Right: the curve of all β, and the line of slope −β that touches it.",
    start: { variances: [3, 1.5, 0.6], noise: 0.5, beta: 2 },
    parameters: [
      { name: "beta", label: "weight β of the KL term", field: "weight β", min: 0.1, max: 8, step: 0.1, digits: 2, page: 1 },
      ...[0, 1, 2].map((i) => ({
        name: `variance${i}`, label: `variance of coordinate ${i + 1}`, field: `variance ${i + 1}`, min: 0.1, max: HIGH, step: 0.1, digits: 2, page: 0.5,
        get: ({ variances }) => variances[i], set: ({ variances }, value) => ({ variances: variances.map((one, k) => (k === i ? value : one)) }),
      })),
      { name: "noise", label: "variance of the decoder's noise", field: "decoder's noise", min: 0.1, max: 1, step: 0.05, digits: 2, page: 0.2 },
    ],
    results: [
      { name: "rate", label: "rate", unit: "nats" },
      { name: "distortion", label: "distortion", unit: "nats" },
      { name: "loss", label: "their sum, −ELBO", unit: "nats" },
      { name: "gap", label: "gap of the bound", unit: "nats" },
      { name: "active", label: "active", digits: 0 },
    ],
    actions: [
      { label: "The bound, β = 1", to: () => ({ beta: 1 }) },
      { label: "Drown all", to: ({ variances, noise }) => ({ beta: Math.min(8, Math.max(...variances) / noise) }) },
    ],
    values: ({ variances, noise, beta }) => linear_vae_optimum(variances, noise, beta),
    height: (width) => (width < 560 ? 560 : 320),
    draw(chart, state, { rate, distortion }) {
      const { variances, noise, beta } = state, narrow = chart.width < 560, right = narrow ? chart.width - 36 : chart.width * 0.42;
      const y = chart.scale([0, HIGH], [250, 30]), left = 36, slot = (right - left) / 3, level = Math.min(beta * noise, HIGH + 0.1);
      chart.axis("y", y, left, [0, 1, 2, 3, 4], "variance");
      chart.rect("area faint", left, 250, right - left, y(level) - 250);
      variances.forEach((variance, i) => {
        const middle = left + slot * (i + 0.5), wide = slot * 0.5;
        chart.rect("area blue", middle - wide / 2, 250, wide, y(variance) - 250);
        chart.text("middle", middle, 270, String(i + 1));
        chart.text("tick middle", middle, 288, variance > beta * noise ? `${shown(Math.log(variance / (beta * noise)) / 2, 2)} nats` : "not told");
      });
      chart.line("line pink dash", [[left, y(level)], [right, y(level)]]);
      chart.text("pink strong end", right, 22, `β × noise ${shown(beta * noise, 2)}`);
      chart.line("axis", [[left, 250], [right, 250]]);
      variances.forEach((variance, i) => chart.handle(`variance${i}`, left + slot * (i + 0.5), y(variance), { axis: "y", value: y.invert, look: "blue", hit: [Math.min(44, slot), 44] }));
      chart.handle("beta", right + 4, y(level), { axis: "y", value: (py) => y.invert(py) / noise, look: "pink", hit: [30, 44] });

      const [from, end, top, low] = narrow ? [44, chart.width - 14, 350, 510] : [right + 84, chart.width - 14, 30, 250];
      const betas = Array.from({ length: 121 }, (_, i) => 0.1 * 80 ** (i / 120));
      const curve = betas.map((one) => linear_vae_optimum(variances, noise, one));
      const most = Math.ceil(curve[0].rate), highest = 2 * Math.ceil((curve.at(-1).distortion + 0.2) / 2), lowest = 2 * Math.floor((curve[0].distortion - 0.2) / 2);
      const r = chart.scale([0, most], [from, end]), d = chart.scale([lowest, highest], [low, top]);
      const middle = (lowest + highest) / 2;
      chart.axis("x", r, low, [0, most / 2, most], "rate, nats");
      chart.axis("y", d, from, [lowest, middle, highest], "distortion, nats");
      chart.line("line blue", curve.map((one) => [r(one.rate), d(one.distortion)]));
      chart.curve("line pink dash", (at) => distortion - beta * (at - rate), r, d);
      const bound = linear_vae_optimum(variances, noise, 1);
      chart.curve("line thin faint", (at) => bound.loss - at, r, d);
      chart.dot("open", r(bound.rate), d(bound.distortion), 6);
      chart.dot("dot orange", r(rate), d(distortion), 5);
      chart.text("end", end, d(highest) + 14, "ring and thin line: β = 1");
    },
    words: ({ beta }, { rate, distortion, gap, active }) =>
      `β is ${shown(beta, 2)}: the code tells ${shown(rate, 2)} nats in ${active} of 3 coordinates, at a distortion of ${shown(distortion, 2)}. `
      + (gap < 5e-4 ? "The bound is exact." : `The bound misses ln p(x) by ${shown(gap)} nats.`),
  });
})();
