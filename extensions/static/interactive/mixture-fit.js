// One Gaussian fitted to a mixture of two, in both directions of the divergence.
// Height: 770 wide, 970 narrow
// Needs: mixtures.js
"use strict";

(() => {
  const { mixture_log_density, mixture_kl, mixture_kl_with, mixture_moments, fit_reverse, normal_density } = Book.measures;
  const { shown } = Book;
  const truth = ({ weight, distance, width }) => [[weight, 1 - weight], [-distance, distance], [width, width]];
  const gaussian = (mean, sd) => [[1], [mean], [sd]];

  Book.component("mixture-fit", {
    title: "Fit one Gaussian to two hills, in either direction",
    hint: "Grey is the truth P, the orange curve the model Q. Below, both divergences as the mean of Q moves with its present width: the forward one has one valley, the reverse one may have several.",
    start: { mean: 0.8, sd: 1, weight: 0.6, distance: 2, width: 0.7 },
    parameters: [
      { name: "mean", label: "mean of Q", min: -5, max: 5, step: 0.05, digits: 3, page: 0.5 },
      { name: "sd", label: "standard deviation of Q", field: "sd of Q", min: 0.3, max: 4, step: 0.05, digits: 3, page: 0.5 },
      { name: "distance", label: "distance of the hills from 0", field: "hills at ±", min: 0, max: 3, step: 0.05, digits: 2, page: 0.5 },
      { name: "weight", label: "weight of the left hill", field: "left weight", min: 0.05, max: 0.95, step: 0.05, digits: 2 },
    ],
    results: [
      { name: "forward", label: "forward, D(P ‖ Q)", unit: "bits" },
      { name: "reverse", label: "reverse, D(Q ‖ P)", unit: "bits" },
    ],
    actions: [
      { label: "Best forward fit", to: (state) => { const [mean, sd] = mixture_moments(truth(state)); return { mean, sd }; } },
      { label: "Slide down the reverse", to: (state) => { const [mean, sd] = fit_reverse(truth(state), [state.mean, state.sd]); return { mean, sd }; } },
    ],
    values: (state) => {
      const p = truth(state), q = gaussian(state.mean, state.sd);
      return { forward: mixture_kl(p, q), reverse: mixture_kl(q, p) };
    },
    height: 430,
    draw(chart, state, values) {
      const p = truth(state), x = chart.scale([-6, 6], [34, chart.width - 10]), y = chart.scale([0, 0.8], [200, 26]);
      const bits = chart.scale([0, 8], [390, 260]);
      chart.axis("x", x, 200, [-6, -3, 0, 3, 6]);
      chart.axis("y", y, 34, [0, 0.4, 0.8], "density");
      const hills = chart.curve("area faint", (at) => Math.exp(mixture_log_density(at, p)), x, y, 240);
      hills.setAttribute("d", `${hills.getAttribute("d")}L${x(6)} 200L${x(-6)} 200Z`);
      const density = (at) => normal_density(at, state.mean, state.sd);
      chart.curve("line orange", density, x, y, 320);
      chart.axis("x", x, 390, [-6, -3, 0, 3, 6], "mean of Q");
      chart.axis("y", bits, 34, [0, 4, 8], "divergence, bits");
      const along = (direction) => (mean) => {
        const q = gaussian(mean, state.sd);
        return (direction === "forward" ? mixture_kl_with(65, p, q) : mixture_kl_with(97, q, p)) / Math.LN2;
      };
      chart.curve("line blue dash", along("forward"), x, bits, 72);
      chart.curve("line green", along("reverse"), x, bits, 72);
      for (const [direction, look] of [["forward", "blue"], ["reverse", "green"]]) chart.dot(`dot ${look}`, x(state.mean), bits(Math.min(8, values[direction])), 6);
      chart.text("blue middle", x(0), 268, "dashed: D(P ‖ Q)");
      chart.text("green middle", x(0), 284, "solid: D(Q ‖ P)");
      // Q can be higher than the picture.
      const height = (at) => y(Math.min(0.8, density(at)));
      chart.handle("distance", x(state.distance), 200, { axis: "x", value: x.invert, look: "faint", hit: [44, 30] });
      chart.handle("mean", x(state.mean), height(state.mean), { axis: "x", value: x.invert, look: "orange" });
      chart.handle("sd", x(state.mean + state.sd), height(state.mean + state.sd), { axis: "x", value: (px) => x.invert(px) - state.mean, look: "orange", hit: [44, 36] });
    },
    words: ({ mean, sd }, { forward, reverse }, by) =>
      `${by === "Best forward fit" ? "Mean and spread are those of P. " : by === "Slide down the reverse" ? "This is the nearest valley. " : ""}`
      + `Q has mean ${shown(mean, 2)}, sd ${shown(sd, 2)}: D(P ‖ Q) is ${shown(forward)} bits, D(Q ‖ P) is ${shown(reverse)} bits.`,
  });
})();
