// A table of two variables as a square of areas, and its entropies as lengths.
// Height: 647 wide, 934 narrow
"use strict";

(() => {
  const { entropy, joint_entropy, conditional_entropy, mutual_information, rows_of, transposed } = Book.measures;
  const { shown } = Book;
  // Rows are X (0 and 1), columns Y (0 and 1): y is P(Y = 1), one and zero the chances of X = 1 given Y = 1 and Y = 0.
  const table = ({ y, one, zero }) => [[(1 - y) * (1 - zero), y * (1 - one)], [(1 - y) * zero, y * one]];

  Book.component("joint", {
    title: "Move the borders: how much do X and Y share?",
    hint: "The areas of the square are the four cells of the table. X and Y are independent when the two level borders are equally high.",
    start: { y: 0.125, one: 1, zero: 0.142857142857142857, x_name: "X", y_name: "Y" },
    parameters: ({ x_name, y_name }) => [
      { name: "y", label: `probability that ${y_name} is 1`, field: `P(${y_name} = 1)`, min: 0, max: 1, step: 0.01 },
      { name: "zero", label: `probability that ${x_name} is 1 if ${y_name} is 0`, field: `P(${x_name} = 1 | ${y_name} = 0)`, min: 0, max: 1, step: 0.01 },
      { name: "one", label: `probability that ${x_name} is 1 if ${y_name} is 1`, field: `P(${x_name} = 1 | ${y_name} = 1)`, min: 0, max: 1, step: 0.01 },
    ],
    results: [
      { name: "mutual", label: "I(X; Y)", unit: "bits" },
      { name: "h_x", label: "H(X)", unit: "bits" },
      { name: "h_y", label: "H(Y)", unit: "bits" },
      { name: "h_xy", label: "H(X, Y)", unit: "bits" },
      { name: "h_x_given_y", label: "H(X | Y)", unit: "bits" },
      { name: "h_y_given_x", label: "H(Y | X)", unit: "bits" },
    ],
    actions: [
      { label: "Independent", to: ({ one, zero, y }) => ({ one: y * one + (1 - y) * zero, zero: y * one + (1 - y) * zero }) },
      { label: "X tells Y", to: () => ({ one: 1, zero: 0 }) },
    ],
    values: (state) => {
      const joint = table(state);
      return {
        joint, mutual: mutual_information(joint), h_x: entropy(rows_of(joint)), h_y: entropy(rows_of(transposed(joint))),
        h_xy: joint_entropy(joint), h_x_given_y: conditional_entropy(joint, "y"), h_y_given_x: conditional_entropy(joint, "x"),
      };
    },
    height: (width) => (width < 560 ? 490 : 280),
    draw(chart, { y, one, zero, x_name, y_name }, values) {
      const narrow = chart.width < 560, side = 210, left = narrow ? (chart.width - side) / 2 : 46, top = 24, bottom = top + side;
      const across = chart.scale([0, 1], [left + side, left]), up = chart.scale([0, 1], [bottom, top]); // Y = 1 stands at the right
      const cells = [[left, across(y), zero, 0], [across(y), left + side, one, 1]];
      for (const [from, to, share, column] of cells) {
        chart.rect("area faint", from, top, to - from, up(share) - top);
        chart.rect("area blue", from, up(share), to - from, bottom - up(share));
        for (const [row, height] of [[0, (top + up(share)) / 2], [1, (up(share) + bottom) / 2]]) {
          const size = values.joint[row][column];
          if (to - from > 36 && size > 0.02) chart.text("middle", (from + to) / 2, height + 5, shown(size, 2));
        }
        if (to - from > 44) chart.text("middle", (from + to) / 2, bottom + 18, `${y_name} = ${column}`);
      }
      chart.text("middle", left + side / 2, top - 8, `grey: ${x_name} = 0, blue: ${x_name} = 1`);
      chart.handle("zero", (left + across(y)) / 2, up(zero), { axis: "y", value: up.invert, look: "blue", hit: [40, 44] });
      chart.handle("one", (across(y) + left + side) / 2, up(one), { axis: "y", value: up.invert, look: "blue", hit: [40, 44] });
      chart.handle("y", across(y), bottom + 14, { axis: "x", value: across.invert, look: "orange", hit: [44, 30] });

      const [from, to] = narrow ? [6, chart.width - 6] : [left + side + 60, chart.width - 6], first = narrow ? 300 : 30;
      const bits = chart.scale([0, 2], [from, to]), { h_x, h_y, h_xy, mutual } = values;
      const bar = (row, start, length, look, name) => {
        chart.rect(`area ${look}`, bits(start), first + 36 * row, bits(length) - bits(0), 26);
        chart.text("start", Math.min(bits(start) + 5, to - 52), first + 36 * row + 18, length > 0.001 ? name : "");
      };
      bar(0, 0, h_xy, "faint", "H(X, Y)");
      bar(1, 0, h_x, "blue", "H(X)");
      bar(2, h_xy - h_y, h_y, "green", "H(Y)");
      bar(3, h_xy - h_y, mutual, "orange", "I(X; Y)");
      for (const edge of [h_xy - h_y, h_x]) chart.line("guide", [[bits(edge), first - 6], [bits(edge), first + 142]]);
      chart.axis("x", bits, first + 146, [0, 0.5, 1, 1.5, 2], "bits");
    },
    words: ({ one, zero, y }, { mutual, h_x, h_y }) =>
      `P(Y = 1) is ${shown(y, 2)}, P(X = 1) is ${shown(zero, 2)} given Y = 0 and ${shown(one, 2)} given Y = 1. They share `
      + `${shown(mutual)} bits of H(X) = ${shown(h_x, 2)} and H(Y) = ${shown(h_y, 2)}.`,
  });
})();
