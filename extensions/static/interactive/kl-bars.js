// KL divergence of two bar charts, in both directions, with the term of each outcome.
// Height: 709 wide, 1106 narrow
"use strict";

(() => {
  const { kl_divergence, entropy, cross_entropy, sum } = Book.measures;
  const { shown, clamp } = Book;
  const LABELS = "ABC";
  const moved = (p, i, v) => {
    const rest = sum(p) - p[i];
    return p.map((share, x) => (x === i ? v : rest > 0 ? (share * (1 - v)) / rest : (1 - v) / (p.length - 1)));
  };
  const term = (p, q) => (p === 0 ? 0 : q === 0 ? Infinity : p * Math.log2(p / q));

  Book.component("kl-bars", {
    title: "Drag both distributions: two directions, two divergences",
    hint: "Blue is P, orange is Q. Push a bar of Q to 0 where P is not, and see which direction becomes infinite.",
    start: { p: [0.6, 0.3, 0.1], q: [0.2, 0.3, 0.5] },
    parameters: ["p", "q"].flatMap((of) => [...LABELS].map((label, i) => ({
      name: `${of}${i}`, label: `${of.toUpperCase()} of ${label}`, field: `${of.toUpperCase()}(${label})`, min: 0, max: 1, step: 0.01,
      get: (state) => state[of][i], set: (state, value) => ({ [of]: moved(state[of], i, value) }),
    }))),
    results: [
      { name: "forward", label: "D(P ‖ Q)", unit: "bits" },
      { name: "reverse", label: "D(Q ‖ P)", unit: "bits" },
      { name: "h_p", label: "H(P)", unit: "bits" },
      { name: "cross", label: "H(P, Q)", unit: "bits" },
    ],
    actions: [
      { label: "Make Q equal P", to: ({ p }) => ({ q: [...p] }) },
      { label: "Exchange P and Q", to: ({ p, q }) => ({ p: [...q], q: [...p] }) },
    ],
    values: ({ p, q }) => ({
      forward: kl_divergence(p, q), reverse: kl_divergence(q, p), h_p: entropy(p), cross: cross_entropy(p, q),
    }),
    height: (width) => (width < 560 ? 560 : 320),
    draw(chart, { p, q }) {
      const narrow = chart.width < 560, half = narrow ? chart.width : chart.width / 2 - 14;
      const y = chart.scale([0, 1], [260, 30]), slot = (half - 30) / 3;
      chart.axis("y", y, 30, [0, 0.5, 1], "probability");
      chart.line("axis", [[30, 260], [half, 260]]);
      const width = slot * 0.4;
      LABELS.split("").forEach((label, i) => {
        const middle = 30 + slot * (i + 0.5);
        chart.rect("area blue", middle - width, 260, width - 1, y(p[i]) - 260);
        chart.rect("area orange dash", middle + 1, 260, width - 1, y(q[i]) - 260);
        chart.text("middle blue strong", middle - width / 2, 278, shown(p[i], 2));
        chart.text("middle orange strong", middle + width / 2, 278, shown(q[i], 2));
        chart.text("middle", middle, 298, label);
        for (const [of, at, look] of [["p", middle - width / 2, "blue"], ["q", middle + width / 2, "orange"]]) {
          chart.handle(`${of}${i}`, at, y((of === "p" ? p : q)[i]), { axis: "y", value: y.invert, look, hit: [Math.min(44, width), 44] });
        }
      });
      chart.text("blue strong", 44, 44, "P");
      chart.text("orange strong", 62, 44, "Q");

      // The terms of both sums; they may be negative, the sums can't.
      const left = narrow ? 36 : half + 64, right = chart.width, [top, bottom] = narrow ? [340, 510] : [30, 260];
      const bits = chart.scale([-1, 3], [bottom, top]), room = (right - left) / 3;
      chart.axis("y", bits, left, [-1, 0, 1, 2, 3], "terms, bits");
      chart.line("axis", [[left, bits(0)], [right, bits(0)]]);
      LABELS.split("").forEach((label, i) => {
        const middle = left + room * (i + 0.5), wide = room * 0.3;
        [[term(p[i], q[i]), "blue", -wide], [term(q[i], p[i]), "orange dash", 1]].forEach(([value, look, shift]) => {
          const end = bits(clamp(value, -1, 3.2));
          chart.rect(`area ${look}`, middle + shift, bits(0), wide - 1, end - bits(0));
          if (value > 3) chart.text("middle", middle + shift + wide / 2, bits(3) + 14, value === Infinity ? "∞" : "↑");
        });
        chart.text("middle", middle, bottom + 18, label);
      });
      chart.text("middle tick", (left + right) / 2, bottom + 38, "blue: p log p/q, orange: q log q/p");
    },
    words: ({ p, q }, { forward, reverse }) =>
      `P is ${p.map((share) => shown(share, 2)).join(", ")} and Q is ${q.map((share) => shown(share, 2)).join(", ")}. `
      + `D(P ‖ Q) is ${forward === Infinity ? "infinite" : `${shown(forward)} bits`}, D(Q ‖ P) is ${reverse === Infinity ? "infinite" : `${shown(reverse)} bits`}.`,
  });
})();
