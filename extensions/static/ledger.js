// Filters for the ledger. Without this script the table shows every row and no filters.
"use strict";

(() => {
  const table = document.querySelector("table.ledger");
  if (!table) return;
  const rows = [...table.querySelectorAll("tr.ledger-row")];

  // What a row is filtered by stands in its classes: verdict-wrong, source-s0.
  const valueOf = (row, prefix) => [...row.classList].find((name) => name.startsWith(prefix)).slice(prefix.length);
  const filters = [["verdict", "Verdict", (value) => value], ["source", "Source", (value) => value.toUpperCase()]];

  const form = document.createElement("form");
  form.className = "ledger-filter";
  form.setAttribute("aria-label", "Filter the claims");
  for (const [name, title, shown] of filters) {
    const values = [...new Set(rows.map((row) => valueOf(row, `${name}-`)))];
    const select = document.createElement("select");
    select.name = name;
    select.append(new Option("all", ""), ...values.map((value) => {
      const count = rows.filter((row) => row.classList.contains(`${name}-${value}`)).length;
      return new Option(`${shown(value)} (${count})`, value);
    }));
    const label = document.createElement("label");
    label.append(title, select);
    form.append(label);
  }
  const reset = document.createElement("button");
  reset.type = "reset";
  reset.textContent = "Show all";
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  form.append(reset, status);

  const apply = () => {
    for (const row of rows) {
      row.hidden = filters.some(([name]) => form.elements[name].value
        && !row.classList.contains(`${name}-${form.elements[name].value}`));
    }
    status.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} claims shown`;
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", apply);
  form.addEventListener("reset", () => setTimeout(apply)); // the fields change after the event

  // A link to a claim shows it, whatever the filters hide.
  const reveal = () => {
    const row = location.hash && document.getElementById(location.hash.slice(1));
    if (row && row.hidden) {
      form.reset();
      setTimeout(() => row.scrollIntoView());
    }
  };
  window.addEventListener("hashchange", reveal);

  (table.closest(".pst-scrollable-table-container") || table).before(form);
  apply();
})();
