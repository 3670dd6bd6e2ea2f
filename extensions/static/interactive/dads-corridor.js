// Two skills in a corridor, and three kinds of information about their steps.
// Height: 671 wide, 1167 narrow
// Needs: skills.js
"use strict";

(() => {
  const { room, skill_dynamics, transition_joint, forward_information, prior_objective, prior_excess, mutual_information, sum } = Book.measures;
  const { shown } = Book;
  const EVEN = [0.5, 0.5];
  const worlds = Object.fromEntries([3, 5, 7, 9].map((cells) => [cells, room(1, cells)]));
  // One skill walks west, one east; who doesn't obey walks the other way. Actions: north, east, south, west, stay.
  const walkers = (cells, obey) => [0, 1].map((z) => Array.from({ length: cells }, () => (z ? [0, obey, 0, 1 - obey, 0] : [0, 1 - obey, 0, obey, 0])));
  const measured = ({ cells, steps, obey, believed }) => {
    const { transitions, start } = worlds[cells], joint = transition_joint(walkers(cells, obey), transitions, EVEN, start, Math.round(steps));
    const q = skill_dynamics(walkers(cells, believed), transitions), truth = skill_dynamics(walkers(cells, obey), transitions);
    const perfect = prior_objective(joint, truth, EVEN, Math.E), objective = prior_objective(joint, q, EVEN, Math.E);
    return {
      joint, information: forward_information(joint, Math.E), objective, perfect, excess: prior_excess(joint, truth, EVEN, Math.E),
      whole: mutual_information(joint.map((rows) => rows.flat()), Math.E),
    };
  };

  Book.component("dads-corridor", {
    title: "Two walkers in a corridor: which information does DADS raise?",
    hint: "One skill walks west, one east, and each obeys with the probability that you set. The model believes in another obedience, if you like. J, what DADS raises, lies between the two other curves if the model is right.",
    start: { obey: 0.75, believed: 0.75, steps: 2, cells: "3" },
    parameters: [
      { name: "obey", label: "how often a skill obeys", field: "obeys", min: 0, max: 1, step: 0.01, digits: 3 },
      { name: "believed", label: "how often the model believes it does", field: "model believes", min: 0.02, max: 0.98, step: 0.01, digits: 3 },
      { name: "steps", label: "steps of an episode", field: "steps T", options: ["1", "2", "3", "5", "10", "20"], get: (s) => String(Math.round(s.steps)), set: (_, value) => ({ steps: Number(value) }) },
      { name: "cells", label: "cells of the corridor", field: "cells", options: ["3", "5", "7", "9"] },
    ],
    results: [
      { name: "information", label: "I(S′; Z | S)", unit: "nats", digits: 4 },
      { name: "objective", label: "J of this model", unit: "nats", digits: 4 },
      { name: "perfect", label: "J of the right model", unit: "nats", digits: 4 },
      { name: "whole", label: "I(S, S′; Z)", unit: "nats", digits: 4 },
    ],
    actions: [
      { label: "The right model", to: ({ obey }) => ({ believed: Book.clamp(obey, 0.02, 0.98) }) },
      { label: "Obey more, longer", to: () => ({ obey: 0.9, steps: 10 }) },
    ],
    values: measured,
    height: (width) => (width < 560 ? 580 : 330),
    draw(chart, state, { joint, information, objective, perfect, whole }) {
      const narrow = chart.width < 560, right = narrow ? chart.width - 14 : chart.width * 0.58;
      const x = chart.scale([0, 1], [44, right]), y = chart.scale([-0.1, 0.75], [270, 30]);
      chart.axis("y", y, 44, [0, 0.25, 0.5], "nats");
      chart.axis("x", x, 270, [0, 0.5, 1], "");
      chart.text("label middle", (44 + right) / 2, 318, "how often a skill obeys");
      chart.line("guide", [[44, y(Math.LN2)], [right, y(Math.LN2)]]);
      chart.text("faint middle", x(0.5), y(Math.LN2) - 5, "ln 2");
      const points = Array.from({ length: 61 }, (_, i) => i / 60).map((obey) => [obey, measured({ ...state, obey })]);
      const path = (look, name) => chart.line(`line ${look}`, points.map(([obey, all]) => (all[name] >= -0.1 ? [x(obey), y(all[name])] : null)));
      path("blue", "information");
      path("orange dash", "perfect");
      path("green", "whole");
      path("thin pink", "objective");
      chart.text("green strong middle", x(0.5), y(0.58), "I(S, S\u2032; Z)");
      chart.text("orange strong middle", x(0.5), y(0.51), "dashed: J, right model");
      chart.text("pink strong middle", x(0.5), y(0.44), "thin: J, this model");
      chart.text("blue strong middle", x(0.5), y(0.37), "I(S\u2032; Z | S)");
      chart.line("guide", [[x(state.obey), 270], [x(state.obey), y(whole)]]);
      [["blue", information], ["orange", perfect], ["green", whole]].forEach(([look, value]) => chart.dot(`dot ${look}`, x(state.obey), y(value), 4));
      if (objective >= -0.1) chart.dot("open pink", x(state.obey), y(objective), 6);
      chart.handle("obey", x(state.obey), 270, { axis: "x", value: x.invert, look: "blue" });
      chart.handle("believed", x(state.believed), 30, { axis: "x", value: x.invert, look: "pink" });
      chart.line("axis", [[x(0), 30], [x(1), 30]]);
      chart.text("pink end", x(1), 20, "what the model believes");

      // Where a step starts, and how much of that is the skill that walks west.
      const [left, end, top, low] = narrow ? [44, chart.width - 14, 370, 510] : [right + 52, chart.width - 10, 30, 250];
      const visits = joint.map((rows) => rows.map(sum)), count = visits[0].length, slot = (end - left) / count;
      const v = chart.scale([0, 1], [low, top]);
      chart.axis("y", v, left, [0, 0.5, 1], "where steps start");
      chart.line("axis", [[left, low], [end, low]]);
      visits[0].forEach((west, s) => {
        const from = left + slot * (s + 0.14), wide = slot * 0.72, east = visits[1][s];
        chart.rect("area blue", from, low, wide, v(west) - low);
        chart.rect("area orange", from, v(west), wide, v(west + east) - v(west));
        chart.text("tick middle", from + wide / 2, low + 18, s === (count - 1) / 2 ? "S" : String(s + 1));
      });
      chart.text("tick start", left, low + 40, "below, blue: west; above: east");
    },
    words: ({ obey, believed }, { information, objective }) =>
      `Skills obey ${shown(obey, 2)}, the model believes ${shown(believed, 2)}. The step tells ${shown(information)} nats, J is ${shown(objective)}`
      + (objective > information + 5e-4 ? ", above it." : objective < information - 5e-4 ? ", below it." : ", the same."),
  });
})();
