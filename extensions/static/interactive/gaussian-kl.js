// KL divergence of two Gaussians, in both directions, and where on the axis it comes from.
// Height: 720 wide, 966 narrow
"use strict";

(() => {
  const { gaussian_kl, gaussian_entropy, gaussian_cross_entropy, normal_density } = Book.measures;
  const { shown } = Book;
  const names = { p: "P", q: "Q" };

  Book.component("gaussian-kl", {
    title: "Move two Gaussians: the direction matters",
    hint: "The upper handle of a curve moves its mean, the one on its side its standard deviation. Below, the areas under the curves are the two divergences.",
    start: { mean_p: 0, sd_p: 1, mean_q: 1.5, sd_q: 2 },
    parameters: ["p", "q"].flatMap((of) => [
      { name: `mean_${of}`, label: `mean of ${names[of]}`, min: -4, max: 4, step: 0.05, digits: 2, page: 0.5 },
      { name: `sd_${of}`, label: `standard deviation of ${names[of]}`, field: `sd of ${names[of]}`, min: 0.5, max: 4, step: 0.05, digits: 2, page: 0.5 },
    ]),
    results: [
      { name: "forward", label: "D(P ‖ Q)", unit: "bits" },
      { name: "reverse", label: "D(Q ‖ P)", unit: "bits" },
      { name: "h_p", label: "h(P)", unit: "bits" },
      { name: "cross", label: "h(P, Q)", unit: "bits" },
    ],
    actions: [
      { label: "Equal spreads", to: ({ sd_p }) => ({ sd_q: sd_p }) },
      { label: "Exchange P and Q", to: (s) => ({ mean_p: s.mean_q, sd_p: s.sd_q, mean_q: s.mean_p, sd_q: s.sd_p }) },
    ],
    values: ({ mean_p, sd_p, mean_q, sd_q }) => ({
      forward: gaussian_kl(mean_p, sd_p ** 2, mean_q, sd_q ** 2), reverse: gaussian_kl(mean_q, sd_q ** 2, mean_p, sd_p ** 2),
      h_p: gaussian_entropy(sd_p ** 2), cross: gaussian_cross_entropy(mean_p, sd_p ** 2, mean_q, sd_q ** 2),
    }),
    height: 400,
    draw(chart, state) {
      const x = chart.scale([-8, 8], [34, chart.width - 10]), y = chart.scale([0, 0.85], [200, 26]), bits = chart.scale([-0.5, 1.5], [360, 250]);
      const density = { p: (at) => normal_density(at, state.mean_p, state.sd_p), q: (at) => normal_density(at, state.mean_q, state.sd_q) };
      chart.axis("y", y, 34, [0, 0.4, 0.8], "density");
      chart.axis("x", x, 200, [-8, -4, 0, 4, 8]);
      chart.axis("y", bits, 34, [0, 1], "bits for each unit of x");
      chart.axis("x", x, 360, [-8, -4, 0, 4, 8], "x");
      chart.line("guide", [[34, bits(0)], [chart.width - 10, bits(0)]]);
      const log_ratio = (at) => ((((at - state.mean_q) / state.sd_q) ** 2 - ((at - state.mean_p) / state.sd_p) ** 2) / 2 + Math.log(state.sd_q / state.sd_p)) / Math.LN2;
      chart.curve("line blue", (at) => density.p(at) * log_ratio(at), x, bits, 240);
      chart.curve("line orange dash", (at) => -density.q(at) * log_ratio(at), x, bits, 240);
      for (const [of, look, style] of [["p", "blue", ""], ["q", "orange", "dash"]]) {
        const mean = state[`mean_${of}`], sd = state[`sd_${of}`];
        chart.curve(`line ${look} ${style}`, density[of], x, y, 320);
        chart.text(`${look} strong middle`, x(mean), y(density[of](mean)) - 16, names[of]);
        chart.line("guide", [[x(mean), y(density[of](mean + sd))], [x(mean + sd), y(density[of](mean + sd))]]);
        chart.handle(`mean_${of}`, x(mean), y(density[of](mean)), { axis: "x", value: x.invert, look });
        chart.handle(`sd_${of}`, x(mean + sd), y(density[of](mean + sd)), { axis: "x", value: (px) => x.invert(px) - mean, look, hit: [44, 36] });
      }
    },
    words: ({ mean_p, sd_p, mean_q, sd_q }, { forward, reverse }) =>
      `P has mean ${shown(mean_p, 2)} and standard deviation ${shown(sd_p, 2)}, Q has ${shown(mean_q, 2)} and ${shown(sd_q, 2)}. `
      + `D(P ‖ Q) is ${shown(forward)} bits, D(Q ‖ P) is ${shown(reverse)} bits.`,
  });
})();
