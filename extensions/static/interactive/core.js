// What every interactive figure of the book shares: a custom element with a drawing that has handles,
// fields for exact numbers, results, a sentence that says what changed, and Reset. A component hands its
// own part to `Book.component(name, parts)`; CONTRIBUTING.md lists the parts.
"use strict";

window.Book = window.Book || {};
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  let count = 0; // of elements, for their ids

  const set = (element, attributes) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
    }
    return element;
  };
  const html = (name, attributes = {}, ...children) => {
    const element = set(document.createElement(name), attributes);
    element.append(...children);
    return element;
  };
  // A number as the page shows it: a true minus, and no minus before a zero.
  const shown = (value, digits = 3) => {
    if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "undefined";
    const text = value.toFixed(digits);
    return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
  };

  // ---- the drawing ------------------------------------------------------------------------------

  // A component draws everything anew on each change. Only handles stay, since one of them has the focus.
  class Chart {
    constructor(owner, label) {
      this.owner = owner;
      this.svg = set(document.createElementNS(SVG, "svg"), { role: "group", "aria-label": label });
      this.back = set(document.createElementNS(SVG, "g"), { "aria-hidden": "true" });
      this.front = document.createElementNS(SVG, "g");
      this.svg.append(this.back, this.front);
      this.handles = new Map();
    }

    begin(width, height) {
      Object.assign(this, { width, height });
      set(this.svg, { width, height, viewBox: `0 0 ${width} ${height}` });
      this.back.textContent = "";
      this.used = new Set();
    }

    end() {
      for (const [name, handle] of this.handles) {
        if (!this.used.has(name)) {
          handle.element.remove();
          this.handles.delete(name);
        }
      }
    }

    // A linear map from numbers to pixels, with its inverse.
    scale([low, high], [from, to]) {
      const map = (value) => from + ((value - low) / (high - low)) * (to - from);
      return Object.assign(map, { domain: [low, high], range: [from, to],
        invert: (pixel) => low + ((pixel - from) / (to - from)) * (high - low) });
    }

    // Shapes; `look` is classes of interactive.css: a colour, and line, area, dash, dot or guide.
    shape(name, look, attributes) {
      const element = set(document.createElementNS(SVG, name), { class: look, ...attributes });
      this.back.append(element);
      return element;
    }

    // Through the points; a `null` among them lifts the pen.
    line(look, points) {
      const d = points.map((point, i) => point && `${points[i - 1] ? "L" : "M"}${point[0].toFixed(2)} ${point[1].toFixed(2)}`);
      return this.shape("path", look, { d: d.join("") });
    }

    rect(look, x, y, width, height) {
      return this.shape("rect", look, { x: Math.min(x, x + width), y: Math.min(y, y + height), width: Math.abs(width), height: Math.abs(height) });
    }

    dot(look, x, y, r = 4) { return this.shape("circle", look, { cx: x, cy: y, r }); }

    text(look, x, y, words) {
      const element = this.shape("text", look, { x, y });
      element.textContent = words;
      return element;
    }

    // `at` is where the axis lies: its height for "x", its distance from the left for "y".
    axis(direction, scale, at, ticks, label = "", format = (tick) => String(tick).replace("-", "−")) {
      const [from, to] = scale.range;
      if (direction === "x") {
        this.line("axis", [[from, at], [to, at]]);
        for (const tick of ticks) {
          this.line("axis", [[scale(tick), at], [scale(tick), at + 4]]);
          this.text("tick middle", scale(tick), at + 17, format(tick));
        }
        this.text("label middle", (from + to) / 2, at + 36, label);
      } else {
        this.line("axis", [[at, from], [at, to]]);
        for (const tick of ticks) {
          this.line("axis", [[at - 4, scale(tick)], [at, scale(tick)]]);
          this.text("tick end", at - 7, scale(tick) + 4, format(tick));
        }
        this.text("label start", at - 24, to - 12, label); // above its axis: nothing to turn the head for
      }
    }

    // The curve of `f` over the domain of x, where it lies within the domain of y.
    curve(look, f, x, y, steps = 160) {
      const [low, high] = x.domain, [bottom, top] = y.domain, points = [];
      for (let i = 0; i <= steps; i += 1) {
        const at = low + ((high - low) * i) / steps, value = f(at);
        points.push(value >= bottom && value <= top ? [x(at), y(value)] : null);
      }
      return this.line(look, points);
    }

    // A handle for the parameter `name` at (x, y), moved along `axis` ("x", "y") or, if `value` returns the
    // changes of the state itself, in the plane ("xy": for a finger or a mouse; the keyboard has the other handles).
    handle(name, x, y, { axis, value, look = "blue", hit = [44, 44] }) {
      if (!this.handles.has(name)) this.handles.set(name, this.make(name));
      const handle = this.handles.get(name);
      Object.assign(handle, { axis, value, x, y });
      this.used.add(name);
      set(handle.element, { class: `handle ${axis} ${look}`, transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})` });
      set(handle.hit, { x: -hit[0] / 2, y: -hit[1] / 2, width: hit[0], height: hit[1] });
      if (axis !== "xy") {
        const { label, low, high, now, text } = this.owner.described(name);
        set(handle.element, { role: "slider", tabindex: 0, "aria-label": label, "aria-orientation": axis === "x" ? "horizontal" : "vertical",
          "aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": now, "aria-valuetext": text });
      } else {
        set(handle.element, { "aria-hidden": "true" });
      }
    }

    make(name) {
      const element = set(document.createElementNS(SVG, "g"), { "data-parameter": name });
      const hit = set(document.createElementNS(SVG, "rect"), { class: "hit" });
      const knob = set(document.createElementNS(SVG, "circle"), { class: "knob", r: 9 });
      const mark = set(document.createElementNS(SVG, "path"), { class: "mark", d: "M-2.5 -3.5L-5.5 0L-2.5 3.5M2.5 -3.5L5.5 0L2.5 3.5" });
      element.append(hit, knob, mark);
      this.front.append(element);
      const handle = { element, hit };
      let held = null; // where on the handle it was taken
      element.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        const box = this.svg.getBoundingClientRect();
        held = [event.clientX - box.left - handle.x, event.clientY - box.top - handle.y];
        element.setPointerCapture(event.pointerId);
        element.focus({ preventScroll: true });
        event.preventDefault();
      });
      // Else the page scrolls and takes the finger away: browsers leave `touch-action` out on parts of a drawing.
      element.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
      element.addEventListener("pointermove", (event) => {
        if (!held) return;
        const box = this.svg.getBoundingClientRect();
        const [x, y] = [event.clientX - box.left - held[0], event.clientY - box.top - held[1]];
        if (handle.axis === "xy") this.owner.set(handle.value(x, y), name);
        else this.owner.slide(name, handle.value(handle.axis === "x" ? x : y));
      });
      for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) element.addEventListener(end, () => { held = null; });
      element.addEventListener("keydown", (event) => {
        if (handle.axis !== "xy" && !event.altKey && !event.ctrlKey && !event.metaKey && this.owner.press(name, event.key)) event.preventDefault();
      });
      return handle;
    }
  }

  // ---- the element ------------------------------------------------------------------------------

  class Interactive extends HTMLElement {
    connectedCallback() {
      if (this.chart) return;
      count += 1;
      this.first = { ...this.parts.start, ...JSON.parse(this.getAttribute("start") || "{}") };
      const unknown = Object.keys(this.first).filter((key) => !(key in this.parts.start));
      if (unknown.length) throw new Error(`${this.localName}: \`start\` must hold only ${Object.keys(this.parts.start)}; it holds ${unknown}`);
      this.state = structuredClone(this.first);
      this.build();
      this.update();
      const place = this.chart.svg.parentElement;
      new ResizeObserver(() => place.clientWidth !== this.drawn && this.update()).observe(place);
    }

    build() {
      const title = html("p", { class: "interactive-title", id: `interactive-${count}` }, this.parts.title);
      set(this, { role: "group", "aria-labelledby": title.id });
      const reset = html("button", { type: "button" }, "Reset");
      reset.addEventListener("click", () => this.glide(this.first, "Reset"));
      const actions = (this.parts.actions || []).map(({ label, to }) => {
        const button = html("button", { type: "button" }, label);
        button.addEventListener("click", () => this.glide(to(this.state, this.values), label));
        return button;
      });
      this.chart = new Chart(this, this.parts.title);
      this.form = html("div", { class: "interactive-fields" });
      this.results = html("dl", { class: "interactive-results" });
      this.status = html("p", { class: "interactive-status", role: "status", "aria-live": "polite" });
      this.replaceChildren(title, html("p", { class: "interactive-hint" }, this.parts.hint), html("div", { class: "interactive-drawing" }, this.chart.svg),
        this.results, this.status, this.form, html("div", { class: "interactive-actions" }, ...actions, reset));
      for (const { name, label, unit = "" } of this.parts.results) {
        this.results.append(html("div", {}, html("dt", {}, label), html("dd", {}, html("data", { "data-name": name }), unit && ` ${unit}`)));
      }
    }

    // ---- state

    parameters() { return typeof this.parts.parameters === "function" ? this.parts.parameters(this.state) : this.parts.parameters; }
    parameter(name) { return this.parameters().find((one) => one.name === name); }
    get(one) { return one.get ? one.get(this.state) : this.state[one.name]; }

    described(name) {
      const one = this.parameter(name), now = this.get(one);
      return { label: one.label, low: one.min, high: one.max, now, text: one.words ? one.words(now, this.state) : shown(now, one.digits) + (one.unit ? ` ${one.unit}` : "") };
    }

    // Change the state: `changes` are some of its keys with new values, `by` what changed them.
    set(changes, by = "") {
      this.stop();
      Object.assign(this.state, changes);
      this.update(by);
    }

    // Give a parameter a value, within its limits; from a slider it is a whole number of steps.
    change(name, value) {
      const one = this.parameter(name), within = clamp(value, one.min, one.max);
      this.set(one.set ? one.set(this.state, within) : { [name]: within }, name);
    }

    slide(name, value) {
      const { step, min, max } = this.parameter(name);
      const at = Number((Math.round(value / step) * step).toPrecision(12));
      this.change(name, clamp(at, min, max));
    }

    press(name, key) {
      const one = this.parameter(name), now = this.get(one), page = one.page || 10 * one.step;
      const moves = { ArrowRight: one.step, ArrowUp: one.step, ArrowLeft: -one.step, ArrowDown: -one.step, PageUp: page, PageDown: -page };
      if (key === "Home" || key === "End") this.change(name, key === "Home" ? one.min : one.max);
      else if (key in moves) this.slide(name, now + moves[key]);
      else return false;
      return true;
    }

    // Move to another state within half a second, or at once for who wants no motion.
    glide(target, by) {
      this.stop();
      const from = structuredClone(this.state), to = structuredClone({ ...this.state, ...target });
      if (still.matches) return this.set(to, by);
      const between = (a, b, t) => {
        if (typeof a === "number" && typeof b === "number") return a + (b - a) * t;
        return Array.isArray(a) && Array.isArray(b) && a.length === b.length ? a.map((one, i) => between(one, b[i], t)) : b;
      };
      const began = performance.now();
      const step = (now) => {
        const t = Math.min(1, Math.max(0, (now - began) / 450)), eased = t * t * (3 - 2 * t);
        if (t === 1) return this.set(to, by);
        Object.keys(to).forEach((key) => { this.state[key] = between(from[key], to[key], eased); });
        this.update(by);
        this.motion = requestAnimationFrame(step);
      };
      this.motion = requestAnimationFrame(step);
    }

    stop() { cancelAnimationFrame(this.motion); }

    // ---- what is shown

    update(by = "") {
      const width = this.drawn = this.chart.svg.parentElement.clientWidth; // 0 while it lies in something folded
      this.values = this.parts.values(this.state);
      if (width) {
        this.chart.begin(width, typeof this.parts.height === "function" ? this.parts.height(width) : this.parts.height);
        this.parts.draw(this.chart, this.state, this.values);
        this.chart.end();
      }
      this.fields();
      for (const { name, digits } of this.parts.results) {
        const place = this.results.querySelector(`[data-name="${name}"]`);
        set(place, { value: this.values[name] });
        place.textContent = shown(this.values[name], digits);
      }
      // A screen reader would be talked over by a sentence for each pixel.
      clearTimeout(this.waiting);
      const say = () => { this.status.textContent = this.parts.words(this.state, this.values, by); };
      if (by) this.waiting = setTimeout(say, 300);
      else say();
    }

    fields() {
      const wanted = this.parameters().filter((one) => !one.hidden);
      const there = [...this.form.children].map((label) => label.dataset.parameter + label.firstChild.textContent);
      if (wanted.map((one) => one.name + (one.field || one.label)).join() !== there.join()) this.form.replaceChildren(...wanted.map((one) => this.field(one)));
      wanted.forEach((one, i) => {
        const input = this.form.children[i].querySelector("input, select, textarea");
        if (input === document.activeElement && input.type !== "checkbox" && input.localName !== "select") return; // don't write over who writes
        this.show(input, one);
      });
    }

    field(one) {
      const input = html(one.options ? "select" : one.type === "text" ? "textarea" : "input");
      if (one.options) input.append(...one.options.map((option) => html("option", { value: option }, option)));
      else if (one.type === "text") set(input, { rows: 2, maxlength: one.longest, spellcheck: "false", autocomplete: "off" });
      else if (one.type === "checkbox") set(input, { type: "checkbox" });
      else set(input, { type: "number", step: one.step, inputmode: one.min < 0 ? "text" : "decimal" });
      const name = one.name;
      input.addEventListener("input", () => {
        const now = this.parameter(name);
        if (now.type === "checkbox") this.set({ [name]: input.checked }, name);
        else if (now.options || now.type === "text") this.set(now.set ? now.set(this.state, input.value) : { [name]: input.value }, name);
        else this.typed(now, input);
      });
      input.addEventListener("blur", () => this.show(input, this.parameter(name)));
      return html("label", { "data-parameter": name, class: one.type || "number" }, html("span", {}, one.field || one.label), input);
    }

    typed(one, input) {
      const value = input.value === "" ? NaN : Number(input.value);
      const fits = value >= one.min && value <= one.max;
      set(input, { "aria-invalid": !fits });
      if (fits) this.change(one.name, value);
      else {
        clearTimeout(this.waiting);
        this.status.textContent = `${one.label} must lie between ${shown(one.min, one.digits)} and ${shown(one.max, one.digits)}.`;
      }
    }

    show(input, one) {
      const value = one && this.get(one);
      if (!one) return;
      if (one.type === "checkbox") input.checked = value;
      else if (one.options || one.type === "text") input.value = value;
      else {
        set(input, { min: one.min, max: one.max, "aria-invalid": false });
        input.value = Number(value.toFixed(one.digits ?? 3));
      }
    }
  }

  Object.assign(Book, {
    shown,
    clamp,
    html,
    component(name, parts) {
      customElements.define(`book-${name}`, class extends Interactive { get parts() { return parts; } });
    },
  });
})();
