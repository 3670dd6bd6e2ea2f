// Cross-entropy as a function of logits, with its gradient.
// Height: 819 wide, 1205 narrow
"use strict";

(() => {
  const { softmax, cross_entropy_from_logits, entropy, kl_divergence } = Book.measures;
  const { shown } = Book;
  const CLASSES = ["A", "B", "C"];
  const target = ({ label, smoothing }) => CLASSES.map((name) => (name === label ? 1 - smoothing : 0) + smoothing / CLASSES.length);

  Book.component("logits", {
    title: "Move the logits: probabilities, loss and gradient",
    hint: "Raise all three by the same amount, and nothing changes. Below, the loss as the logit of the true class moves alone; its slope is what the model says minus what is true.",
    start: { logits: [1, 2, -1], label: "A", smoothing: 0 },
    parameters: [
      ...CLASSES.map((name, i) => ({
        name: `z${i}`, label: `logit of ${name}`, min: -6, max: 6, step: 0.1, digits: 2, page: 1,
        get: ({ logits }) => logits[i], set: ({ logits }, value) => ({ logits: logits.map((z, x) => (x === i ? value : z)) }),
      })),
      { name: "label", label: "true class", options: CLASSES },
      { name: "smoothing", label: "label smoothing", min: 0, max: 0.5, step: 0.01, digits: 2 },
    ],
    results: [
      { name: "loss", label: "cross-entropy", unit: "nats" },
      { name: "h", label: "entropy of the target", unit: "nats" },
      { name: "kl", label: "KL divergence", unit: "nats" },
      { name: "slope", label: "slope of the true class", digits: 3 },
    ],
    actions: [
      { label: "All plus 1", to: ({ logits }) => ({ logits: logits.map((z) => Math.min(6, z + 1)) }) },
      { label: "One gradient step", to: ({ logits }, { gradient }) => ({ logits: logits.map((z, i) => Book.clamp(z - gradient[i], -6, 6)) }) },
    ],
    values: (state) => {
      const q = softmax(state.logits), t = target(state), gradient = q.map((share, x) => share - t[x]);
      return {
        q, gradient, loss: cross_entropy_from_logits(state.logits, t, Math.E), h: entropy(t, Math.E), kl: kl_divergence(t, q, Math.E),
        slope: gradient[CLASSES.indexOf(state.label)],
      };
    },
    height: (width) => (width < 560 ? 620 : 430),
    draw(chart, state, { q, gradient, loss }) {
      const narrow = chart.width < 560, half = narrow ? chart.width : chart.width / 2 - 10, t = target(state);
      const z = chart.scale([-6, 6], [200, 26]), slot = (half - 30) / 3;
      chart.axis("y", z, 30, [-6, -3, 0, 3, 6], "logits");
      chart.line("axis", [[30, z(0)], [half, z(0)]]);
      CLASSES.forEach((name, i) => {
        const x = 30 + slot * (i + 0.5);
        chart.rect("area blue", x - 16, z(0), 32, z(state.logits[i]) - z(0));
        chart.text("middle", x, 222, name + (name === state.label ? " (true)" : ""));
        chart.handle(`z${i}`, x, z(state.logits[i]), { axis: "y", value: z.invert });
      });

      // What the model says (bars), what is true (lines), and the step that gradient descent takes (arrows).
      const left = narrow ? 30 : half + 56, right = chart.width, top = narrow ? 262 : 26, bottom = narrow ? 390 : 200;
      const y = chart.scale([0, 1], [bottom, top]), room = (right - left) / 3;
      chart.axis("y", y, left, [0, 0.5, 1], "probability: bars of the model, lines of the target");
      chart.line("axis", [[left, bottom], [right, bottom]]);
      CLASSES.forEach((name, i) => {
        const x = left + room * (i + 0.5);
        chart.rect("area orange", x - 16, bottom, 32, y(q[i]) - bottom);
        chart.line("line", [[x - 22, y(t[i])], [x + 22, y(t[i])]]);
        chart.text("middle", x, bottom + 20, `${name} ${shown(q[i], 2)}`);
        if (Math.abs(gradient[i]) > 0.03) {
          const end = y(t[i]), sign = Math.sign(gradient[i]);
          chart.line("line green", [[x, y(q[i])], [x, end], [x - 5, end - 7 * sign], [x, end], [x + 5, end - 7 * sign]]);
        }
      });

      const k = CLASSES.indexOf(state.label), low = narrow ? 570 : 390, high = narrow ? 440 : 262;
      const x = chart.scale([-6, 6], [30, chart.width - 8]), nats = chart.scale([0, 8], [low, high]);
      const at = (value) => cross_entropy_from_logits(state.logits.map((logit, i) => (i === k ? value : logit)), t, Math.E);
      chart.axis("x", x, low, [-6, -3, 0, 3, 6], `logit of ${state.label}, the others as they are`);
      chart.axis("y", nats, 30, [0, 4, 8], "loss, nats");
      chart.curve("line faint", at, x, nats);
      const here = state.logits[k];
      chart.line("line green", [-1, 1].map((d) => [x(here + d), nats(loss + d * gradient[k])]));
      chart.dot("dot orange", x(here), nats(loss), 6);
    },
    words: (state, { q, loss, slope }) =>
      `The model gives ${CLASSES.map((name, i) => `${name} ${shown(q[i], 2)}`).join(", ")}; true is ${state.label}. The loss is ${shown(loss, 2)} nats, `
      + `its slope in the logit of ${state.label} is ${shown(slope, 2)}.`,
  });
})();
