// A Gaussian squashed into an interval by tanh, as the policies of soft actor-critic are: its entropy never exceeds log 2.
// Height: 741 wide, 1118 narrow
// Needs: squashed.js
"use strict";

(() => {
  const { squashed_entropy, mean_action, squashed_log_density, gaussian_entropy, normal_density } = Book.measures;
  const { shown } = Book;
  const LEAST = 0.1, MOST = 3;
  // Entropy rises with the spread and falls again: the top by golden sections.
  const widest = (mean) => {
    const share = (Math.sqrt(5) - 1) / 2;
    let [low, high] = [LEAST, MOST];
    for (let i = 0; i < 60; i += 1) {
      const a = high - share * (high - low), b = low + share * (high - low);
      if (squashed_entropy(mean, a) < squashed_entropy(mean, b)) low = a;
      else high = b;
    }
    return (low + high) / 2;
  };

  Book.component("squashed-gaussian", {
    title: "Squash a Gaussian: how random is the action?",
    hint: "A policy learnt by trial draws u from a Gaussian and does a = tanh u. Spread u as wide as you like: the entropy of a has a top, never above ln 2, that of the even law, and then falls while that of u goes on rising.",
    start: { mean: 0, sd: 1 },
    parameters: [
      { name: "mean", label: "mean of u", min: -2, max: 2, step: 0.05, digits: 2, page: 0.5 },
      { name: "sd", label: "standard deviation of u", field: "sd of u", min: LEAST, max: MOST, step: 0.05, digits: 3, page: 0.5 },
    ],
    results: [
      { name: "action", label: "entropy of the action", unit: "nats" },
      { name: "gaussian", label: "entropy of u", unit: "nats" },
      { name: "uneven", label: "D(action ‖ even)", unit: "nats" },
      { name: "average", label: "mean action" },
    ],
    actions: [
      { label: "Most entropy at this mean", to: ({ mean }) => ({ sd: widest(mean) }) },
      { label: "To the walls", to: () => ({ mean: 0, sd: 3 }) },
    ],
    values: ({ mean, sd }) => {
      const action = squashed_entropy(mean, sd);
      return { action, gaussian: gaussian_entropy(sd * sd, Math.E), uneven: Math.LN2 - action, average: mean_action(mean, sd) };
    },
    height: (width) => (width < 560 ? 600 : 400),
    draw(chart, { mean, sd }, { action }) {
      const narrow = chart.width < 560, half = chart.width / 2, end = chart.width - 12;
      const x = chart.scale([-6, 6], [40, narrow ? end : half - 14]), y = chart.scale([0, 1], [160, 30]);
      const beside = Math.min(1, normal_density(mean, mean, sd));
      chart.axis("x", x, 160, [-6, -3, 0, 3, 6], "u");
      chart.axis("y", y, 40, [0, 0.5, 1], "density of u");
      chart.line("line blue", Array.from({ length: 321 }, (_, i) => -6 + (12 * i) / 320).map((u) => [x(u), y(Math.min(1.05, normal_density(u, mean, sd)))]));
      const side = mean + sd > 5.4 ? -1 : 1, height = Math.min(0.9, normal_density(mean + sd, mean, sd));
      chart.handle("mean", x(mean), y(beside), { axis: "x", value: x.invert, look: "blue" });
      chart.handle("sd", x(mean + side * sd), y(height), { axis: "x", value: (px) => side * (x.invert(px) - mean), look: "orange", hit: [44, 36] });

      const [left, top, low] = narrow ? [40, 232, 362] : [half + 34, 30, 160];
      const a = chart.scale([-1, 1], [left, end]), v = chart.scale([0, 2], [low, top]);
      chart.axis("x", a, low, [-1, 0, 1], "action a = tanh u");
      chart.axis("y", v, left, [0, 1, 2], "density of a");
      chart.line("guide", [[a(-1), v(0.5)], [a(1), v(0.5)]]);
      chart.text("faint middle", a(0), v(0.5) - 6, "dotted: even");
      chart.line("line green", Array.from({ length: 401 }, (_, i) => -5 + i / 40).map((u) => {
        const density = Math.exp(squashed_log_density(u, mean, sd));
        return density <= 2.1 ? [a(Math.tanh(u)), v(density)] : null;
      }));

      const [up, down] = narrow ? [434, 550] : [234, 350];
      const s = chart.scale([0, MOST], [40, end]), h = chart.scale([-1.5, 2.6], [down, up]);
      chart.axis("x", s, down, [0, 1, 2, 3], "standard deviation of u");
      chart.axis("y", h, 40, [-1, 0, 1, 2], "entropy, nats");
      chart.line("guide", [[40, h(Math.LN2)], [end, h(Math.LN2)]]);
      chart.text("faint end", end - 2, h(Math.LN2) + 14, "ln 2");
      chart.curve("line blue dash", (at) => (at > 0 ? gaussian_entropy(at * at, Math.E) : -Infinity), s, h);
      chart.curve("line green", (at) => (at >= LEAST ? squashed_entropy(mean, at) : -Infinity), s, h, 60);
      chart.text("blue end", s(2.9), h(1.5), "dashed: of u");
      chart.text("green end", s(1.9), h(-0.9), "of the action");
      chart.dot("dot green", s(sd), Math.min(down, h(action)), 6);
    },
    words: ({ mean, sd }, { action, gaussian }) =>
      `u has mean ${shown(mean, 2)} and standard deviation ${shown(sd, 2)}. The entropy of u is ${shown(gaussian)}, that of the action ${shown(action)} nats, of at most ${shown(Math.LN2)}.`,
  });
})();
