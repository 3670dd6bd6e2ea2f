// Information content of two independent events, and of both together.
// Height: 680 wide, 805 narrow
"use strict";

(() => {
  const { self_information } = Book.measures;
  const { shown } = Book;

  Book.component("information", {
    title: "Move two events: what do both together tell?",
    hint: "P and Q are the probabilities of two independent events. Both happen with probability P·Q. Halve one of the two and see what grows.",
    start: { p: 0.25, q: 0.125 },
    parameters: [
      { name: "p", label: "probability P of the first event", field: "P", min: 0.01, max: 1, step: 0.005, digits: 3 },
      { name: "q", label: "probability Q of the second event", field: "Q", min: 0.01, max: 1, step: 0.005, digits: 3 },
    ],
    results: [
      { name: "first", label: "I(P)", unit: "bits" },
      { name: "second", label: "I(Q)", unit: "bits" },
      { name: "both", label: "I(P·Q)", unit: "bits" },
      { name: "product", label: "P·Q", digits: 4 },
    ],
    actions: [
      { label: "Halve P", to: ({ p }) => ({ p: Math.max(0.01, p / 2) }) },
      { label: "Halve Q", to: ({ q }) => ({ q: Math.max(0.01, q / 2) }) },
    ],
    values: ({ p, q }) => ({ first: self_information(p), second: self_information(q), both: self_information(p * q), product: p * q }),
    height: 360,
    draw(chart, { p, q }, { first, second, both }) {
      const x = chart.scale([0, 1], [36, chart.width - 14]), y = chart.scale([0, 7], [210, 26]);
      chart.axis("x", x, 210, [0, 0.25, 0.5, 0.75, 1], "probability of the event");
      chart.axis("y", y, 36, [0, 2, 4, 6], "information, bits");
      chart.curve("line faint", (share) => self_information(share), x, y, 400);
      for (const [look, share, height] of [["blue", p, first], ["orange", q, second]]) {
        chart.line("guide", [[x(share), 210], [x(share), y(height)], [36, y(height)]]);
        chart.text(`${look} strong`, x(share) + 12, y(height) - 12, look === "blue" ? "P" : "Q");
      }
      // The two bits laid end to end, and those of both events below.
      const bits = chart.scale([0, 14], [36, chart.width - 14]), room = (words, width) => (width > 40 ? words : "");
      chart.rect("area blue", bits(0), 268, bits(first) - bits(0), 26);
      chart.rect("area orange", bits(first), 268, bits(both) - bits(first), 26);
      chart.text("middle", bits(first / 2), 286, room("I(P)", bits(first) - bits(0)));
      chart.text("middle", bits(first + second / 2), 286, room("I(Q)", bits(second) - bits(0)));
      chart.rect("area green", bits(0), 298, bits(both) - bits(0), 26);
      chart.text("middle", bits(both / 2), 316, room("I(P·Q)", bits(both) - bits(0)));
      chart.axis("x", bits, 328, [0, 2, 4, 6, 8, 10, 12, 14], "");
      chart.handle("p", x(p), y(first), { axis: "x", value: x.invert, look: "blue" });
      chart.handle("q", x(q), y(second), { axis: "x", value: x.invert, look: "orange" });
    },
    words: ({ p, q }, { first, second, both }) =>
      `Probabilities ${shown(p)} and ${shown(q)}: ${shown(first, 2)} bits and ${shown(second, 2)} bits, together ${shown(both, 2)} bits. `
      + "Probabilities multiply, bits add.",
  });
})();
