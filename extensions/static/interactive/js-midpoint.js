// The Jensen-Shannon divergence of two coins, and why the midpoint is the best reference.
// Height: 650 wide, 807 narrow
"use strict";

(() => {
  const { kl_divergence, js_divergence } = Book.measures;
  const { shown } = Book;
  const coin = (heads) => [heads, 1 - heads];
  const mean_kl = (p, q, r) => (kl_divergence(coin(p), coin(r)) + kl_divergence(coin(q), coin(r))) / 2;

  Book.component("js-midpoint", {
    title: "Move two coins and the reference R between them",
    hint: "The curve is the mean divergence of P and Q from R. Its lowest point stays over the midpoint M; what R pays above it is D(M ‖ R).",
    start: { p: 0.1, q: 0.7, r: 0.55 },
    parameters: [
      { name: "p", label: "chance of heads of P", field: "P", min: 0, max: 1, step: 0.01 },
      { name: "q", label: "chance of heads of Q", field: "Q", min: 0, max: 1, step: 0.01 },
      { name: "r", label: "chance of heads of the reference R", field: "R", min: 0.01, max: 0.99, step: 0.01 },
    ],
    results: [
      { name: "js", label: "JS(P, Q)", unit: "bits" },
      { name: "mean", label: "mean divergence from R", unit: "bits" },
      { name: "excess", label: "D(M ‖ R)", unit: "bits" },
      { name: "forward", label: "D(P ‖ Q)", unit: "bits" },
      { name: "reverse", label: "D(Q ‖ P)", unit: "bits" },
    ],
    actions: [
      { label: "R to the midpoint", to: ({ p, q }) => ({ r: Book.clamp((p + q) / 2, 0.01, 0.99) }) },
      { label: "Two sure coins", to: () => ({ p: 0, q: 1 }) },
    ],
    values: ({ p, q, r }) => ({
      js: js_divergence(coin(p), coin(q)), mean: mean_kl(p, q, r), excess: kl_divergence(coin((p + q) / 2), coin(r)),
      forward: kl_divergence(coin(p), coin(q)), reverse: kl_divergence(coin(q), coin(p)),
    }),
    height: 330,
    draw(chart, { p, q, r }, { js, mean }) {
      const x = chart.scale([0, 1], [40, chart.width - 14]), y = chart.scale([0, 2.2], [270, 26]), m = (p + q) / 2;
      chart.axis("x", x, 270, [0, 0.25, 0.5, 0.75, 1], "");
      chart.text("label middle", (40 + chart.width - 14) / 2, 322, "chance of heads");
      chart.axis("y", y, 40, [0, 0.5, 1, 1.5, 2], "mean divergence from R, bits");
      chart.curve("line faint", (at) => mean_kl(p, q, Book.clamp(at, 1e-4, 1 - 1e-4)), x, y, 300);
      chart.line("guide", [[40, y(js)], [chart.width - 14, y(js)]]);
      chart.line("guide", [[x(m), 270], [x(m), y(js)]]);
      chart.dot("dot orange", x(m), y(js), 6);
      chart.text("orange strong middle", x(m), y(js) + 20, "M");
      const height = Math.min(mean, 2.2); // R may be higher than the picture
      chart.line("line pink", [[x(r), y(js)], [x(r), y(height)]]);
      chart.text("green strong", x(r) + 13, y(height) - 10, "R");
      chart.text("blue strong middle", x(p), 253, "P");
      chart.text("blue strong middle", x(q), 253, "Q");
      chart.handle("p", x(p), 270, { axis: "x", value: x.invert, look: "blue" });
      chart.handle("q", x(q), 270, { axis: "x", value: x.invert, look: "blue" });
      chart.handle("r", x(r), y(height), { axis: "x", value: x.invert, look: "green" });
    },
    words: ({ p, q, r }, { js, mean, excess }) =>
      `P is ${shown(p, 2)}, Q is ${shown(q, 2)}: JS is ${shown(js)} bits, reached at the midpoint ${shown((p + q) / 2, 3)}. `
      + `From R at ${shown(r, 2)} the mean divergence is ${shown(mean)} bits, ${shown(excess)} more.`,
  });
})();
