// A product of two normals against a correlated one: what each direction of the divergence would choose.
// Height: 760 wide, 1164 narrow
"use strict";

(() => {
  const { gaussian_kl } = Book.measures;
  const { shown } = Book;
  const NATS = Math.E;
  const left = (rho) => (1 - rho) * (1 + rho); // the variance of one coordinate once the other is known
  const information = (rho) => -Math.log(left(rho)) / 2;

  // By the chain rule: first z1, then z2 given z1, whose mean moves with z1.
  const reverse = ({ rho, mean1, mean2, sd1, sd2 }) => gaussian_kl(mean1, sd1 ** 2, 0, 1, NATS)
    + gaussian_kl(mean2, sd2 ** 2, rho * mean1, left(rho), NATS) + (rho * sd1) ** 2 / left(rho) / 2;
  // What no product can have, and what its factors lack.
  const forward = ({ rho, mean1, mean2, sd1, sd2 }) =>
    information(rho) + gaussian_kl(0, 1, mean1, sd1 ** 2, NATS) + gaussian_kl(0, 1, mean2, sd2 ** 2, NATS);
  const sweep = ({ rho, mean2 }) => ({ mean1: rho * mean2, mean2: rho * rho * mean2 });

  Book.component("mean-field", {
    title: "Fit a product to a correlated normal",
    hint: "Rings at two standard deviations: the slanted one is the posterior P, the upright one your product Q. The grey handle is the correlation.",
    start: { mean1: 0, mean2: 0, sd1: 1, sd2: 1, rho: 0.9 },
    parameters: [
      { name: "mean1", label: "first mean of Q", field: "first mean", min: -1.5, max: 1.5, step: 0.05, digits: 3 },
      { name: "mean2", label: "second mean of Q", field: "second mean", min: -1.5, max: 1.5, step: 0.05, digits: 3 },
      { name: "sd1", label: "first standard deviation of Q", field: "first sd", min: 0.15, max: 1.25, step: 0.01, digits: 3 },
      { name: "sd2", label: "second standard deviation of Q", field: "second sd", min: 0.15, max: 1.25, step: 0.01, digits: 3 },
      { name: "rho", label: "correlation of P", field: "correlation", min: -0.95, max: 0.95, step: 0.01, digits: 2 },
    ],
    results: [
      { name: "reverse", label: "D(Q ‖ P), the gap", unit: "nats" },
      { name: "forward", label: "D(P ‖ Q)", unit: "nats" },
      { name: "least", label: "least of any product", unit: "nats" },
    ],
    actions: [
      { label: "Least D(Q ‖ P)", to: ({ rho }) => ({ mean1: 0, mean2: 0, sd1: Math.sqrt(left(rho)), sd2: Math.sqrt(left(rho)) }) },
      { label: "Least D(P ‖ Q)", to: () => ({ mean1: 0, mean2: 0, sd1: 1, sd2: 1 }) },
      { label: "One sweep", to: (state) => ({ ...sweep(state), sd1: Math.sqrt(left(state.rho)), sd2: Math.sqrt(left(state.rho)) }) },
    ],
    // Both directions have the same least value: the mutual information of the two coordinates.
    values: (state) => ({ reverse: reverse(state), forward: forward(state), least: information(state.rho), swept: Object.values(sweep(state)) }),
    height: (width) => (width < 560 ? 640 : 370),
    draw(chart, state, values) {
      const narrow = chart.width < 560, size = Math.min(296, chart.width - 50), from = narrow ? (chart.width - size) / 2 + 10 : 46;
      const x = chart.scale([-4, 4], [from, from + size]), y = chart.scale([-4, 4], [26 + size, 26]);
      const { mean1, mean2, sd1, sd2, rho } = state, ticks = [-4, -2, 0, 2, 4];
      chart.axis("x", x, 26 + size, ticks, "first coordinate");
      chart.axis("y", y, from, ticks, "second coordinate");
      const ring = (look, place) => chart.line(look, Array.from({ length: 121 }, (_, i) => place(Math.cos((i * Math.PI) / 60), Math.sin((i * Math.PI) / 60))));
      ring("line", (c, s) => [x(2 * c), y(2 * (rho * c + Math.sqrt(left(rho)) * s))]);
      ring("line orange dash", (c, s) => [x(mean1 + 2 * sd1 * c), y(mean2 + 2 * sd2 * s)]);
      chart.line("guide", [[x(mean1), y(mean2)], [x(mean1), y(-4)]]);
      chart.line("guide", [[x(mean1), y(mean2)], [x(-4), y(mean2)]]);
      chart.text("strong end", x(3.9), y(3.4), "P solid");
      chart.text("orange strong end", x(3.9), y(2.9), "Q dashed");

      const [start, end, bottom, top] = narrow ? [46, chart.width - 12, 590, 430] : [from + size + 70, chart.width - 12, 26 + size, 26];
      const width = chart.scale([0, 1.25], [start, end]), nats = chart.scale([0, 4], [bottom, top]);
      chart.axis("x", width, bottom, [0, 0.5, 1], "first sd of Q, the rest as it is");
      chart.axis("y", nats, start, [0, 1, 2, 3, 4], "divergence, nats");
      chart.curve("line blue dash", (sd) => (sd > 0 ? forward({ ...state, sd1: sd }) : Infinity), width, nats, 200);
      chart.curve("line green", (sd) => (sd > 0 ? reverse({ ...state, sd1: sd }) : Infinity), width, nats, 200);
      for (const [direction, look] of [["forward", "blue"], ["reverse", "green"]]) chart.dot(`dot ${look}`, width(sd1), nats(Math.min(4, values[direction])), 6);
      chart.text("blue", start + 10, bottom - 28, "dashed: D(P ‖ Q)");
      chart.text("green", start + 10, bottom - 10, "solid: D(Q ‖ P)");

      chart.handle("rho", x(2), y(2 * rho), { axis: "y", value: (py) => y.invert(py) / 2, look: "faint", hit: [30, 44] });
      chart.handle("mean1", x(mean1), y(-4), { axis: "x", value: x.invert, look: "orange", hit: [44, 30] });
      chart.handle("mean2", x(-4), y(mean2), { axis: "y", value: y.invert, look: "orange", hit: [30, 44] });
      chart.handle("centre", x(mean1), y(mean2), { axis: "xy", look: "orange", value: (px, py) => {
        const within = (at) => Math.round(Book.clamp(at, -1.5, 1.5) * 100) / 100;
        return { mean1: within(x.invert(px)), mean2: within(y.invert(py)) };
      } });
      chart.handle("sd1", x(mean1 - 2 * sd1), y(mean2), { axis: "x", value: (px) => (mean1 - x.invert(px)) / 2, look: "orange", hit: [44, 30] });
      chart.handle("sd2", x(mean1), y(mean2 + 2 * sd2), { axis: "y", value: (py) => (y.invert(py) - mean2) / 2, look: "orange", hit: [30, 44] });
    },
    words: (_, { reverse: gap, forward: other, least }, by) =>
      `${by === "One sweep" ? "Each factor in turn: the bound has risen. " : by === "Least D(Q ‖ P)" ? "Q hides inside P, too narrow. "
        : by === "Least D(P ‖ Q)" ? "Q has the widths of P, and belief in empty corners. " : ""}`
      + `D(Q ‖ P) is ${shown(gap)} nats, D(P ‖ Q) ${shown(other)}; no product has less than ${shown(least)}.`,
  });
})();
