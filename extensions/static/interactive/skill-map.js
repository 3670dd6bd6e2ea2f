// Skills of a small room, each of which walks to a cell and stays there: what do the states tell about the skill?
// Height: 780 wide, 1042 narrow
// Needs: skills.js
"use strict";

(() => {
  const { room, state_visits, pigeonhole_information, mutual_information, sum } = Book.measures;
  const { shown, clamp } = Book;
  const SIDE = 9, MIDDLE = 4, ORDERS = ["north", "east"];
  const NORTH = 0, EAST = 1, SOUTH = 2, WEST = 3, STAY = 4;
  const world = room(SIDE, SIDE);
  const cell = ([x, y]) => [clamp(Math.round(x), -MIDDLE, MIDDLE), clamp(Math.round(y), -MIDDLE, MIDDLE)]; // east and north of the start
  const state_of = ([x, y]) => (MIDDLE - y) * SIDE + x + MIDDLE;
  // The skill's policy: from every cell towards its own, straight in one direction and then in the other.
  const policy_of = (place, order) => {
    const [x, y] = cell(place);
    return world.transitions.map((_, s) => {
      const east = x - ((s % SIDE) - MIDDLE), north = y - (MIDDLE - Math.floor(s / SIDE));
      const upright = north > 0 ? NORTH : SOUTH, level = east > 0 ? EAST : WEST;
      const action = order === ORDERS[0] ? (north ? upright : east ? level : STAY) : (east ? level : north ? upright : STAY);
      return [0, 1, 2, 3, 4].map((a) => (a === action ? 1 : 0));
    });
  };
  const way = (place, order) => {
    const [x, y] = cell(place);
    return [[0, 0], order === ORDERS[0] ? [0, y] : [x, 0], [x, y]];
  };
  // How many cells can be reached within t steps.
  const within = (t) => sum(world.transitions.map((_, s) => (Math.abs((s % SIDE) - MIDDLE) + Math.abs(Math.floor(s / SIDE) - MIDDLE) <= t ? 1 : 0)));

  const chosen = (state) => clamp(Math.round(state.skill), 0, state.places.length - 1);
  const placed = (state, i, place) => ({ places: state.places.map((one, z) => (z === i ? place : one)) });
  const AWAY = [[0, 4], [4, 4], [4, 0], [4, -4], [0, -4], [-4, -4], [-4, 0], [-4, 4]];
  const NEAR = [[0, 0], [1, 0], [0, 2], [1, 1], [0, -2], [1, -1], [-2, 0], [-1, 1]];
  const NEAR_ORDER = [0, 1, 0, 0, 0, 0, 1, 1].map((k) => ORDERS[k]);
  const compass = ([x, y]) => {
    const words = [[Math.abs(y), y > 0 ? "north" : "south"], [Math.abs(x), x > 0 ? "east" : "west"]].filter(([count]) => count);
    return words.length ? words.map((one) => one.join(" ")).join(" and ") : "at the start";
  };

  Book.component("skill-map", {
    title: "Give each skill a cell: what do the states tell about the skill?",
    hint: "Every skill walks to its numbered cell and stays. A green cell is visited by one skill only, in a striped orange one stands how many share it. Drag the numbers, or move the chosen skill by the two handles at the edges.",
    start: { places: AWAY, order: Array(8).fill(ORDERS[0]), skill: 0, horizon: 20 },
    parameters: (state) => {
      const i = chosen(state);
      return [
        { name: "skills", label: "number of skills", field: "skills", options: ["2", "3", "4", "5", "6", "7", "8"], get: ({ places }) => String(places.length),
          set: (s, value) => ({ places: [...s.places, ...AWAY].slice(0, Number(value)), order: [...s.order, ...Array(8).fill(ORDERS[0])].slice(0, Number(value)) }) },
        { name: "skill", label: "chosen skill", options: state.places.map((_, z) => String(z + 1)), get: (s) => String(chosen(s) + 1), set: (_, value) => ({ skill: Number(value) - 1 }) },
        ...["east", "north"].map((direction, k) => ({
          name: direction, label: `cell of the chosen skill, steps ${direction} of the start`, field: `steps ${direction}`, min: -MIDDLE, max: MIDDLE, step: 1, page: 2, digits: 0,
          get: (s) => s.places[i][k], set: (s, value) => placed(s, i, k ? [s.places[i][0], value] : [value, s.places[i][1]]),
          words: () => `skill ${i + 1}: ${compass(cell(state.places[i]))}`,
        })),
        { name: "order", label: "it walks first", options: ORDERS, get: (s) => s.order[i], set: (s, value) => ({ order: s.order.map((one, z) => (z === i ? value : one)) }) },
        { name: "horizon", label: "steps of an episode", field: "steps T", options: ["1", "2", "3", "5", "10", "20", "40"], get: (s) => String(Math.round(s.horizon)), set: (_, value) => ({ horizon: Number(value) }) },
      ];
    },
    results: [
      { name: "information", label: "I(S; Z)", unit: "nats" },
      { name: "ceiling", label: "proved ceiling", unit: "nats" },
      { name: "log_skills", label: "H(Z), all told apart", unit: "nats" },
      { name: "visited", label: "cells visited, of 81", digits: 0 },
    ],
    actions: [
      { label: "Reach the ceiling", to: ({ places }) => ({ places: NEAR.slice(0, places.length), order: NEAR_ORDER.slice(0, places.length) }) },
      { label: "Far apart", to: ({ places }) => ({ places: AWAY.slice(0, places.length), order: Array(places.length).fill(ORDERS[0]) }) },
      { label: "All at the start", to: ({ places }) => ({ places: places.map(() => [0, 0]) }) },
    ],
    values: ({ places, order, horizon }) => {
      const steps = Math.round(horizon), count = places.length;
      const visits = state_visits(places.map((place, z) => policy_of(place, order[z])), world.transitions, world.start, steps);
      const ceilings = Array.from({ length: steps }, (_, t) => pigeonhole_information(count, within(t + 1), Math.E));
      const shares = world.transitions.map((_, s) => visits.filter((one) => one[s] > 0).length);
      return {
        visits, shares, information: mutual_information(visits.map((one) => one.map((share) => share / count)), Math.E),
        ceiling: sum(ceilings) / steps, log_skills: Math.log(count), visited: shares.filter((k) => k > 0).length,
      };
    },
    height: (width) => (width < 560 ? width + 110 : 370),
    draw(chart, state, { visits, shares, information, ceiling, log_skills }) {
      const narrow = chart.width < 560, size = (narrow ? chart.width - 60 : 320) / SIDE;
      const left = 34, bottom = 12 + SIDE * size, i = chosen(state);
      const x = chart.scale([-MIDDLE, MIDDLE], [left + size / 2, left + (SIDE - 0.5) * size]), y = chart.scale([-MIDDLE, MIDDLE], [bottom - size / 2, bottom - (SIDE - 0.5) * size]);
      world.transitions.forEach((_, s) => {
        const column = (s % SIDE) - MIDDLE, row = MIDDLE - Math.floor(s / SIDE), at = [x(column) - size / 2, y(row) - size / 2];
        if (shares[s]) chart.rect(shares[s] === 1 ? "area green" : "area orange", ...at, size, size).setAttribute("stroke-width", 0);
        if (shares[s] > 1) for (const k of [0.35, 0.7]) chart.line("line thin orange", [[at[0], at[1] + k * size], [at[0] + k * size, at[1]]]);
      });
      for (let k = 0; k <= SIDE; k += 1) {
        chart.line("guide", [[left + k * size, bottom], [left + k * size, bottom - SIDE * size]]);
        chart.line("guide", [[left, bottom - k * size], [left + SIDE * size, bottom - k * size]]);
      }
      const together = {};
      const points = state.places.map((place) => {
        const here = cell(place), before = together[here] || 0;
        together[here] = before + 1;
        return [x(here[0]) + (before % 4) * 5 - 4, y(here[1]) + Math.floor(before / 4) * 6 + 3];
      });
      state.places.forEach((place, z) => chart.line(`line thin ${z === i ? "blue" : "faint"}`, way(place, state.order[z]).map(([a, b]) => [x(a) + (z - 3.5) * 1.1, y(b) + (z - 3.5) * 1.1])));
      world.transitions.forEach((_, s) => {
        if (shares[s] > 1) chart.text("tick orange strong end", x((s % SIDE) - MIDDLE) + size / 2 - 2, y(MIDDLE - Math.floor(s / SIDE)) + size / 2 - 3, String(shares[s]));
      });
      chart.text("strong middle", x(0), y(0) - size / 2 + 11, "start");
      points.forEach(([px, py], z) => {
        chart.text(`strong middle ${z === i ? "blue" : ""}`, px - 13, py - 2, String(z + 1));
        chart.handle(`skill${z}`, px, py, { axis: "xy", look: z === i ? "blue" : "faint", hit: [30, 44],
          value: (to_x, to_y) => ({ ...placed(chart.owner.state, z, cell([x.invert(to_x), y.invert(to_y)])), skill: z }) });
      });
      const [east, north] = cell(state.places[i]);
      chart.line("axis", [[x(-MIDDLE), bottom + 18], [x(MIDDLE), bottom + 18]]);
      chart.line("axis", [[left - 18, y(-MIDDLE)], [left - 18, y(MIDDLE)]]);
      chart.handle("east", x(east), bottom + 18, { axis: "x", value: x.invert, look: "blue" });
      chart.handle("north", left - 18, y(north), { axis: "y", value: y.invert, look: "blue" });

      const [from, to, top] = narrow ? [left, chart.width - 14, bottom + 78] : [left + SIDE * size + 50, chart.width - 14, 60];
      const bar = chart.scale([0, Math.log(8)], [from, to]);
      chart.rect("area blue", from, top, bar(information) - from, 24);
      chart.line("line orange", [[bar(ceiling), top - 6], [bar(ceiling), top + 30]]);
      chart.line("guide", [[bar(log_skills), top - 6], [bar(log_skills), top + 30]]);
      chart.text("orange strong end", bar(ceiling) + 6, top - 12, "ceiling");
      chart.line("axis", [[from, top + 24], [to, top + 24]]);
      chart.text("label start", from, top + 46, "I(S; Z)");
      if (narrow) return;
      // What each skill earns: the mean of log p(z | s) - log p(z) over its own states.
      chart.text("label start", from, top + 92, "share of its time that a skill is alone");
      visits.forEach((one, z) => {
        const mine = sum(one.map((share, s) => (shares[s] === 1 ? share : 0))), line = top + 108 + z * 17, wide = to - from - 24;
        chart.text(`tick end ${z === i ? "blue strong" : ""}`, from + 12, line + 10, String(z + 1));
        chart.rect("area green", from + 22, line, wide * mine, 11);
        chart.rect("area orange", from + 22 + wide * mine, line, wide * (1 - mine), 11);
      });
      chart.text("tick start", from + 22, top + 108 + visits.length * 17 + 14, "green: alone; orange: in shared cells");
    },
    words: (state, { information, ceiling, visited, shares }) => {
      const i = chosen(state);
      return `Skill ${i + 1}: ${compass(cell(state.places[i]))}. The state tells ${shown(information)} nats, `
        + `${shown((100 * information) / ceiling, 1)} % of the ceiling; ${visited} cells visited, ${shares.filter((k) => k > 1).length} by several skills.`;
    },
  });
})();
