// Entropy of a distribution that is dragged by its bars.
// Height: 640 wide, 1072 narrow
// With two outcomes it shows the curve of the binary entropy, with three the triangle of all distributions
// with lines of equal entropy, with more the terms that entropy adds.
"use strict";

(() => {
  const { entropy, self_information, sum } = Book.measures;
  const { shown } = Book;
  const LEVELS = [0.5, 1, 1.3, 1.5];
  const term = (p) => (p > 0 ? p * self_information(p) : 0);

  // Give outcome i the probability v; the others keep their proportions.
  const moved = (p, i, v) => {
    const rest = sum(p) - p[i];
    return p.map((share, x) => (x === i ? v : rest > 0 ? (share * (1 - v)) / rest : (1 - v) / (p.length - 1)));
  };
  const names = ({ p, labels }) => p.map((_, x) => labels[x] || "ABCDEF"[x]);

  // Along each ray from the centre of the triangle entropy falls, so a line of equal entropy meets it once, or not at all.
  const level_lines = (level) => {
    const pieces = [[]];
    for (let i = 0; i <= 360; i += 1) {
      const angle = (i * Math.PI) / 180;
      const ray = [0, 1, 2].map((k) => Math.cos(angle + (k * 2 * Math.PI) / 3));
      const along = (t) => ray.map((r) => Math.max(0, 1 / 3 + t * r));
      let [low, high] = [0, 1 / 3 / -Math.min(...ray)];
      if (entropy(along(high)) > level) {
        if (pieces.at(-1).length) pieces.push([]);
        continue;
      }
      for (let k = 0; k < 26; k += 1) {
        const middle = (low + high) / 2;
        if (entropy(along(middle)) > level) low = middle;
        else high = middle;
      }
      pieces.at(-1).push(along(low));
    }
    return pieces.filter((piece) => piece.length > 1);
  };
  let lines = null;

  const bars = (chart, { p }, labels, [left, right], [top, bottom]) => {
    const y = chart.scale([0, 1], [bottom, top]), slot = (right - left - 34) / p.length;
    chart.axis("y", y, left + 34, [0, 0.25, 0.5, 0.75, 1], "probability");
    p.forEach((share, i) => {
      const x = left + 34 + slot * (i + 0.5), width = slot * 0.62;
      chart.rect("area blue", x - width / 2, bottom, width, y(share) - bottom);
      chart.text("middle", x, bottom + 18, labels[i]);
      chart.text("middle strong", x, bottom + 36, shown(share, 2));
      chart.handle(`p${i}`, x, y(share), { axis: "y", value: y.invert, hit: [Math.min(44, slot), 44] });
    });
    chart.line("axis", [[left + 34, bottom], [right, bottom]]);
  };

  const triangle = (chart, { p }, labels, [left, right], [top, bottom]) => {
    const side = Math.min(right - left - 56, ((bottom - top - 20) * 2) / Math.sqrt(3)), middle = (left + right) / 2;
    const base = top + 20 + (side * Math.sqrt(3)) / 2;
    const corners = [[middle - side / 2, base], [middle + side / 2, base], [middle, top + 20]];
    const place = (q) => [0, 1].map((k) => sum(q.map((share, x) => share * corners[x][k])));
    lines = lines || LEVELS.map(level_lines);
    lines.forEach((pieces, k) => {
      for (const piece of pieces) chart.line("line thin faint", piece.map(place));
      // Where the line of the level crosses the height of the triangle, below the centre.
      const on_axis = pieces.flat().reduce((best, q) => (Math.abs(q[0] - q[1]) - q[2] < Math.abs(best[0] - best[1]) - best[2] ? q : best));
      const [x, y] = place(on_axis);
      chart.text("tick middle", x, y + 4, String(LEVELS[k]));
    });
    chart.line("axis", [...corners, corners[0]]);
    chart.text("middle", corners[0][0], base + 18, labels[0]);
    chart.text("middle", corners[1][0], base + 18, labels[1]);
    chart.text("middle", middle, top + 12, labels[2]);
    const [x, y] = place(p);
    chart.handle("place", x, y, { axis: "xy", look: "orange", value: (px, py) => {
      const top_share = (base - py) / (base - corners[2][1]);
      const right_share = (px - corners[0][0]) / side - top_share / 2;
      const q = [1 - top_share - right_share, right_share, top_share].map((share) => Math.max(0, share));
      const whole = sum(q);
      return { p: q.map((share) => share / whole) };
    } });
  };

  const binary = (chart, { p }, labels, [left, right], [top, bottom]) => {
    const x = chart.scale([0, 1], [left + 40, right - 8]), y = chart.scale([0, 1], [bottom, top]);
    chart.axis("x", x, bottom, [0, 0.5, 1], `probability of ${labels[0]}`);
    chart.axis("y", y, left + 40, [0, 0.5, 1], "entropy, bits");
    chart.curve("line faint", (share) => entropy([share, 1 - share]), x, y);
    chart.line("guide", [[x(p[0]), bottom], [x(p[0]), y(entropy(p))]]);
    chart.dot("dot orange", x(p[0]), y(entropy(p)), 6);
  };

  const terms = (chart, { p }, labels, [left, right], [top, bottom]) => {
    const y = chart.scale([0, 0.6], [bottom, top]), slot = (right - left - 40) / p.length;
    chart.axis("y", y, left + 40, [0, 0.2, 0.4, 0.6], "terms of the entropy, bits");
    p.forEach((share, i) => {
      const x = left + 40 + slot * (i + 0.5);
      chart.rect("area orange", x - slot * 0.31, bottom, slot * 0.62, y(term(share)) - bottom);
      chart.text("middle", x, bottom + 18, labels[i]);
      chart.text("middle", x, bottom + 36, shown(term(share), 2));
    });
    chart.line("axis", [[left + 40, bottom], [right, bottom]]);
  };

  Book.component("entropy", {
    title: "Drag the bars: how uncertain is it?",
    hint: "When one bar moves, the others share what is left in their old proportions. With three outcomes the orange point can be dragged too.",
    start: { p: [0.5, 0.25, 0.25], labels: [] },
    parameters: (state) => [
      { name: "outcomes", label: "outcomes", options: ["2", "3", "4", "5", "6"], get: ({ p }) => String(p.length),
        set: (_, value) => ({ p: Array(Number(value)).fill(1 / value) }) },
      ...names(state).map((name, i) => ({
        name: `p${i}`, label: `probability of ${name}`, field: `P(${name})`, min: 0, max: 1, step: 0.01, digits: 3,
        get: ({ p }) => p[i], set: ({ p }, value) => ({ p: moved(p, i, value) }),
      })),
    ],
    results: [
      { name: "entropy", label: "entropy H(P)", unit: "bits", digits: 3 },
      { name: "maximum", label: "largest possible", unit: "bits", digits: 3 },
      { name: "perplexity", label: "like so many equal outcomes", digits: 2 },
    ],
    actions: [
      { label: "All equal", to: ({ p }) => ({ p: p.map(() => 1 / p.length) }) },
      { label: "One is sure", to: ({ p }) => ({ p: p.map((_, x) => (x === 0 ? 1 : 0)) }) },
    ],
    values: ({ p }) => ({ entropy: entropy(p), maximum: Math.log2(p.length), perplexity: 2 ** entropy(p) }),
    height: (width) => (width < 560 ? 580 : 320),
    draw(chart, state) {
      const labels = names(state), narrow = chart.width < 560, half = chart.width / 2;
      const second = { 2: binary, 3: triangle }[state.p.length] || terms;
      bars(chart, state, labels, [0, narrow ? chart.width : half - 20], [30, narrow ? 240 : 270]);
      second(chart, state, labels, narrow ? [0, chart.width] : [half + 10, chart.width], narrow ? [320, 540] : [30, 270]);
    },
    words: (state, { entropy: h, maximum }) => {
      const p = names(state).map((name, i) => `${name} ${shown(state.p[i], 2)}`).join(", ");
      return `${p}: entropy ${shown(h, 2)} bits of at most ${shown(maximum, 2)}.`;
    },
  });
})();
