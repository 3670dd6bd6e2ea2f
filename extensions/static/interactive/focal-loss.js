// What a classifier states if it is trained by the focal loss, against the truth.
// Height: 717 wide, 1112 narrow
// Needs: focal.js
"use strict";

(() => {
  const { true_probabilities, focal_minimiser, focal_loss, kl_divergence } = Book.measures;
  const { shown } = Book;
  // With the weight taken for a constant the odds are those of the truth to the power 1 / (1 + gamma).
  const detached = (eta, gamma) => 1 / (1 + ((1 - eta) / eta) ** (1 / (1 + gamma)));
  const mean_loss = (eta, q, gamma) => eta * focal_loss(q, gamma) + (1 - eta) * focal_loss(1 - q, gamma);

  Book.component("focal-loss", {
    title: "Move the truth and γ: what does the classifier say?",
    hint: "Left: the mean focal loss over all answers has its minimum beside the truth. Right: where that minimum lies for every truth. Only the plain loss, γ = 0, lies on the diagonal.",
    start: { eta: 0.9, gamma: 2 },
    parameters: [
      { name: "eta", label: "true probability of the class", field: "truth η", min: 0.01, max: 0.99, step: 0.01, digits: 3 },
      { name: "gamma", label: "focal exponent γ", field: "exponent γ", min: 1, max: 5, step: 0.1, digits: 2, page: 1 },
    ],
    results: [
      { name: "stated", label: "what it states, q*", digits: 4 },
      { name: "truth", label: "translated back", digits: 4 },
      { name: "detached", label: "with a detached weight", digits: 4 },
      { name: "cost", label: "D(η ‖ q*), the price", unit: "nats", digits: 4 },
      { name: "loss", label: "mean focal loss at q*", unit: "nats", digits: 4 },
      { name: "honest", label: "of the truth", unit: "nats", digits: 4 },
    ],
    actions: [
      { label: "A sure case", to: () => ({ eta: 0.99 }) },
      { label: "A coin", to: () => ({ eta: 0.5 }) },
    ],
    values: ({ eta, gamma }) => {
      const q = focal_minimiser([eta, 1 - eta], gamma);
      return {
        stated: q[0], truth: true_probabilities(q, gamma)[0], detached: detached(eta, gamma), cost: kl_divergence([eta, 1 - eta], q, Math.E),
        loss: mean_loss(eta, q[0], gamma), honest: mean_loss(eta, eta, gamma),
      };
    },
    height: (width) => (width < 560 ? 620 : 350),
    draw(chart, { eta, gamma }, { stated, loss, honest }) {
      const narrow = chart.width < 560, half = chart.width / 2, right = narrow ? chart.width - 14 : half - 20;
      const x = chart.scale([0, 1], [36, right]), y = chart.scale([0, 1], [250, 30]);
      chart.axis("x", x, 250, [0, 0.5, 1], "answer q");
      chart.axis("y", y, 36, [0, 0.5, 1], "mean loss, nats");
      chart.curve("line faint dash", (q) => (q > 0 && q < 1 ? mean_loss(eta, q, 0) : Infinity), x, y, 200);
      chart.curve("line blue", (q) => (q > 0 && q < 1 ? mean_loss(eta, q, gamma) : Infinity), x, y, 200);
      chart.line("guide", [[x(eta), 250], [x(eta), 30]]);
      chart.line("guide", [[x(stated), 250], [x(stated), y(loss)]]);
      chart.dot("open", x(eta), y(honest), 5);
      chart.dot("dot orange", x(stated), y(loss), 6);
      chart.text("orange strong middle", x(stated), y(loss) - 14, "q*");
      chart.text("faint", x(0.46), y(0.86), "dashed: γ = 0");
      // The exponent, on a line of its own.
      const g = chart.scale([1, 5], [x(0.15), x(1)]);
      chart.axis("x", g, 318, [1, 2, 3, 4, 5]);
      chart.text("strong start", 20, 322, `γ ${shown(gamma, 1)}`);
      chart.handle("gamma", g(gamma), 318, { axis: "x", value: g.invert, look: "blue" });
      chart.handle("eta", x(eta), 250, { axis: "x", value: x.invert, look: "green" });
      chart.text("green strong middle", x(eta), 228, "η");

      const [left, end, top, bottom] = narrow ? [44, chart.width - 14, 386, 576] : [half + 40, chart.width - 14, 30, 250];
      const u = chart.scale([0, 1], [left, end]), v = chart.scale([0, 1], [bottom, top]);
      chart.axis("x", u, bottom, [0, 0.5, 1], "truth η");
      chart.axis("y", v, left, [0, 0.5, 1], "what is stated");
      chart.line("line thin faint", [[u(0), v(0)], [u(1), v(1)]]);
      const points = Array.from({ length: 199 }, (_, i) => (i + 1) / 200);
      chart.line("line blue", points.map((q) => [u(true_probabilities([q, 1 - q], gamma)[0]), v(q)]));
      chart.line("line pink dash", points.map((at) => [u(at), v(detached(at, gamma))]));
      chart.text("pink", u(0.04), v(0.92), "dashed: weight detached");
      chart.text("faint end", u(0.44), v(0.34), "γ = 0");
      chart.line("guide", [[u(eta), bottom], [u(eta), v(stated)], [left, v(stated)]]);
      chart.dot("dot orange", u(eta), v(stated), 6);
    },
    words: ({ eta, gamma }, { stated, cost }) =>
      `The truth is ${shown(eta, 2)}; with γ = ${shown(gamma, 1)} the mean loss is least at ${shown(stated, 3)}. `
      + (Math.abs(stated - eta) < 5e-4 ? "The two agree, as always at one half." : `That is ${Math.abs(stated - 0.5) < Math.abs(eta - 0.5) ? "nearer to one half than the truth" : "further out"}, and costs ${shown(cost, 3)} nats.`),
  });
})();
