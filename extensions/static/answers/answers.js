// Answers on the page: reads what is typed, judges it as `lib.exercises.judge` does, and keeps the account of what
// was answered right in the reader's own browser. The forms are made by extensions/book_answers.py.
"use strict";

const BookAnswers = (() => {
  // ---- reading a number --------------------------------------------------------------------------------------
  // A small parser of our own instead of `eval`: numbers, + - * / ^, brackets, and these names.

  const FUNCTIONS = { log2: Math.log2, ln: Math.log, log10: Math.log10, exp: Math.exp, sqrt: Math.sqrt, abs: Math.abs };
  const CONSTANTS = { pi: Math.PI, e: Math.E, inf: Infinity };
  const KNOWN = [...Object.keys(FUNCTIONS), ...Object.keys(CONSTANTS)];
  const TOKEN = /\s*(?:((?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?)|([a-z_][a-z_0-9.]*)|(\*\*|[-+*\/^()]))/y;

  class Unreadable extends Error {}

  // Write what phones and word processors make of plain signs as those plain signs.
  const plain = (text) => text.trim().toLowerCase()
    .replace(/[−–]/g, "-").replace(/[×·]/g, "*").replace(/[÷∕]/g, "/").replace(/π/g, "pi").replace(/∞/g, "inf")
    .replace(/₂/g, "2").replace(/₁₀/g, "10").replace(/infinity/g, "inf").replace(/\b(?:math|numpy|np)\.log\(/g, "ln(")
    .replace(/\b(?:math|numpy|np)\./g, "");

  function tokens(text) {
    const found = [];
    TOKEN.lastIndex = 0;
    while (text.slice(TOKEN.lastIndex).trim()) {
      const start = TOKEN.lastIndex;
      const match = TOKEN.exec(text);
      if (!match) throw new Unreadable(`“${text.slice(start).trim()[0]}” has no meaning here`);
      found.push({ number: match[1], name: match[2], sign: match[3], text: match[1] || match[2] || match[3] });
    }
    return found;
  }

  function decimal(written) {
    // 0,125 is a decimal fraction, but 1,234 may as well be a thousand and more.
    if (/^[1-9]\d{0,2},\d{3}$/.test(written)) {
      throw new Unreadable(`“${written}” has two readings; write ${written.replace(",", ".")} or ${written.replace(",", "")}`);
    }
    return Number(written.replace(",", "."));
  }

  function evaluate(text) {
    const rest = tokens(text);
    const next = (...signs) => rest.length > 0 && signs.includes(rest[0].sign) && rest.shift().sign;

    function sum() {
      let value = product();
      for (let sign; (sign = next("+", "-"));) value = sign === "+" ? value + product() : value - product();
      return value;
    }
    function product() {
      let value = factor();
      for (let sign; (sign = next("*", "/"));) {
        const other = factor();
        if (sign === "/" && other === 0) throw new Unreadable("it divides by zero");
        value = sign === "*" ? value * other : value / other;
      }
      return value;
    }
    function factor() {
      const sign = next("+", "-");
      return sign ? (sign === "-" ? -factor() : factor()) : power();
    }
    function power() {
      const base = atom();
      return next("^", "**") ? base ** factor() : base;
    }
    function bracket() {
      const value = sum();
      if (!next(")")) throw new Unreadable(rest.length ? `“${rest[0].text}” follows where a sign should` : "a bracket is not closed");
      return value;
    }
    function atom() {
      const token = rest.shift();
      if (!token) throw new Unreadable("it ends too early");
      if (token.number) return decimal(token.number);
      if (token.sign === "(") return bracket();
      if (token.sign) throw new Unreadable(`“${token.sign}” stands where a number should`);
      if (Object.hasOwn(CONSTANTS, token.name)) return CONSTANTS[token.name];
      if (token.name === "log") throw new Unreadable("“log” has two readings; write log2( ) for bits or ln( ) for nats");
      if (!Object.hasOwn(FUNCTIONS, token.name)) throw new Unreadable(`“${token.name}” is no number, and none of ${KNOWN.join(", ")}`);
      if (!next("(")) throw new Unreadable(`“${token.name}” needs a bracket, as in ${token.name}(6)`);
      return FUNCTIONS[token.name](bracket());
    }

    const value = sum();
    if (rest.length) {
      const unit = rest[0].name && !KNOWN.includes(rest[0].name);
      throw new Unreadable(unit ? `“${rest[0].text}” follows the number; leave it out` : `“${rest[0].text}” follows where a sign should`);
    }
    if (Number.isNaN(value) || (!Number.isFinite(value) && !text.includes("inf"))) {
      throw new Unreadable("its value is no number");
    }
    return value;
  }

  // Cut at the separators that stand outside of brackets.
  function split(text, separator) {
    const parts = [""];
    let depth = 0;
    for (const character of text) {
      depth += (character === "(") - (character === ")");
      if (depth === 0 && separator.includes(character)) parts.push("");
      else parts[parts.length - 1] += character;
    }
    return parts;
  }

  const pointed = (part) => {
    if (/,/.test(part)) throw new Unreadable("“,” stands inside a number of the list; put “;” between the numbers");
    return evaluate(part);
  };

  // Read one number, or a list if there are separators; `count` is how many numbers are asked for, or null for one
  // that is no list. It only matters where a comma could be either a decimal sign or a separator.
  function readPlain(text, count) {
    const listed = /^\[.*\]$/.test(text);
    const inner = listed ? text.slice(1, -1) : text;
    if (split(inner, ";").length > 1) return split(inner, ";").map(evaluate);
    const parts = split(inner, ",");
    if (parts.length > 1) {
      const decimals = !/\d,\d+,|,(?!\d)|(^|\D),/.test(inner);
      if (count === null && !listed && decimals) return evaluate(inner);
      const spaced = inner.split(/,\s+/);
      if (count !== null && parts.length !== count && spaced.length === count) return spaced.map(evaluate);
      return parts.map(pointed);
    }
    const words = inner.trim().split(/\s+/);
    if ((listed || count !== null) && words.length > 1 && words.every((word) => /^[-+]?[\d.]+(e[-+]?\d+)?$|^[-+]?inf$/.test(word))) {
      return words.map(evaluate);
    }
    return listed ? [evaluate(inner)] : evaluate(inner);
  }

  function read(text, count = null) {
    try {
      return readPlain(plain(text), count);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw new Unreadable(`“${text.trim()}” can't be read: ${error.message}.`);
    }
  }

  // ---- judging, by the rules of lib/exercises/_engine.py -------------------------------------------------------

  const shape = (value) => (Array.isArray(value) ? `(${value.length},)` : "()");
  const list = (value) => (Array.isArray(value) ? value : [value]).map(Number);

  function close(given, reference, tolerance) {
    const [a, b] = [list(given), list(reference)];
    return a.length === b.length && a.every((number, place) => number === b[place]
      || (Number.isFinite(b[place]) && Math.abs(number - b[place]) <= tolerance * Math.max(1, Math.abs(b[place]))));
  }

  function judge(exercise, given, words) {
    const letter = typeof given === "string";
    if (!letter && shape(given) !== shape(exercise.answer)) {
      return { right: false, message: words.shape.replace("{expected}", shape(exercise.answer)).replace("{given}", shape(given)) };
    }
    const agrees = (reference) => (letter ? given === reference : close(given, reference, exercise.tolerance));
    if (agrees(exercise.answer)) return { right: true, message: words.right };
    const mistake = exercise.mistakes.find(([answer]) => agrees(answer));
    return mistake
      ? { right: false, hint: true, message: words.hint.replace("{hint}", () => mistake[1]) }
      : { right: false, message: words.other };
  }

  // ---- the account: what was answered right, by the exercise's name ----------------------------------------------

  const KEY = "information-theory-of-machine-learning.answers";
  let inMemory = {}; // for browsers that keep nothing: it lasts as long as the page

  function load() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) || "{}");
      return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
    } catch {
      return inMemory;
    }
  }
  function save(kept) {
    inMemory = kept;
    try {
      if (Object.keys(kept).length) localStorage.setItem(KEY, JSON.stringify(kept));
      else localStorage.removeItem(KEY);
    } catch { /* kept in memory */ }
  }

  // ---- the page ----------------------------------------------------------------------------------------------------

  function given(form) {
    if (form.dataset.kind !== "choice") return form.querySelector("input").value;
    const chosen = form.querySelector("input:checked");
    return chosen ? chosen.value : "";
  }

  function fill(form, text) {
    if (form.dataset.kind !== "choice") form.querySelector("input").value = text;
    else for (const option of form.querySelectorAll("input")) option.checked = option.value === text;
  }

  // What to tell of an answer: {state, message, read}, where `state` chooses the colour.
  function verdict(form, exercise, words) {
    const text = given(form);
    const chosen = form.dataset.kind === "choice";
    if (!text.trim()) return { state: "none", message: `No answer yet: ${chosen ? "choose one" : "type one"}, then press Check.` };
    let value = text;
    if (!chosen) {
      try {
        value = read(text, Array.isArray(exercise.answer) ? exercise.answer.length : null);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        return { state: "unread", message: `${error.message} Type ${Array.isArray(exercise.answer) ? "numbers" : "a number"} such as 0.25, 1/3 or log2(6).` };
      }
    }
    const { right, hint, message } = judge(exercise, value, words);
    const short = list(value).map((number) => String(Number(number.toPrecision(6))).replace("Infinity", "inf")).join(", ");
    return { state: right ? "right" : hint ? "hint" : "other", message, read: chosen || text.trim() === short ? "" : `Read as ${short}.` };
  }

  function tell(form, { state, message, read: echo }) {
    const place = form.querySelector(".answers-verdict");
    form.dataset.state = state;
    place.textContent = message;
    if (echo) {
      const small = document.createElement("span");
      small.className = "answers-read";
      small.textContent = echo;
      place.append(" ", small);
    }
    const field = form.dataset.kind === "choice" ? null : form.querySelector("input");
    if (field) field.toggleAttribute("aria-invalid", false);
    if (field && state === "unread") field.setAttribute("aria-invalid", "true");
  }

  function unveil(element) {
    const bytes = Uint8Array.from(atob(element.textContent), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  }

  function showProgress(place, right, all) {
    const bar = place.querySelector("progress");
    bar.max = all;
    bar.value = right;
    place.querySelector("b").textContent = right;
  }

  function startChapter(data) {
    const { exercises, words } = unveil(data);
    const forms = [...document.querySelectorAll("form.answers")];
    const progress = document.querySelector(".answers-account .answers-progress");
    const count = () => showProgress(progress, Object.keys(load()).filter((name) => Object.hasOwn(exercises, name)).length, forms.length);

    for (const form of forms) {
      const name = form.dataset.exercise;
      const kept = load();
      if (typeof kept[name] === "string") {
        fill(form, kept[name]);
        const found = verdict(form, exercises[name], words);
        if (found.state === "right") {
          tell(form, found);
        } else { // the exercise has changed since
          fill(form, "");
          delete kept[name];
          save(kept);
        }
      }
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const found = verdict(form, exercises[name], words);
        tell(form, found);
        if (found.state === "right") save({ ...load(), [name]: given(form).trim() });
        count();
      });
      // A verdict belongs to the answer that it was given for.
      form.addEventListener("input", () => tell(form, { state: "", message: "" }));
    }
    count();
    window.addEventListener("storage", count);
    window.addEventListener("pageshow", count);
  }

  function startList(clear) {
    const marks = [...document.querySelectorAll(".answers-mark")];
    const right = (mark) => !mark.hidden;
    const show = () => {
      const kept = load();
      for (const mark of marks) mark.hidden = !Object.hasOwn(kept, mark.dataset.exercise);
      for (const chapter of document.querySelectorAll(".answers-chapters > li")) {
        const own = [...chapter.querySelectorAll(".answers-mark")];
        if (own.length) showProgress(chapter, own.filter(right).length, own.length);
      }
      showProgress(document.querySelector(".answers-total"), marks.filter(right).length, marks.length);
    };
    clear.addEventListener("click", () => {
      const told = document.querySelector(".answers-cleared");
      if (!window.confirm("Forget which exercises you answered right, and your answers? This can't be undone.")) return;
      save({});
      show();
      told.textContent = "Your answers are cleared.";
    });
    show();
    window.addEventListener("storage", show);
    window.addEventListener("pageshow", show);
  }

  document.addEventListener("DOMContentLoaded", () => {
    const data = document.querySelector(".answers-data");
    if (data) startChapter(data);
    const clear = document.querySelector(".answers-clear");
    if (clear) startList(clear);
  });

  return { read, judge };
})();
