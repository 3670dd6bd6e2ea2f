// The search page shows what it finds at each key, all at once. Sphinx's own way shows a result every five milliseconds,
// and loads the page anew for each query. Its index, its ranking and its list are used as they are.

"use strict";

document.addEventListener("DOMContentLoaded", () => {
  Search.query = (query) => {
    const parsed = Search._parseQuery(query);
    const results = Search._performSearch(...parsed); // the best one is the last
    for (const result of results.reverse()) {
      const [, , anchor] = result;
      if (anchor?.startsWith("#term-")) result[1] += `: ${anchor.slice(6).replaceAll("-", " ")}`;
      _displayItem(result, parsed[1], parsed[3]);
    }
    _finishSearch(results.length);
  };

  const place = document.getElementById("search-results");
  place.setAttribute("role", "status"); // a screen reader tells how many were found

  const show = (query) => {
    Search.stopPulse();
    place.replaceChildren();
    if (query.trim()) Search.performSearch(query);
    // The address keeps the query, for a bookmark and for the way back; a page from a folder may not change its own.
    if (location.protocol.startsWith("http")) {
      history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
    }
  };

  for (const field of document.querySelectorAll("main input[name=q]")) {
    field.addEventListener("input", () => show(field.value));
    field.form.addEventListener("submit", (event) => { event.preventDefault(); show(field.value); });
    if (!field.value) field.focus();
  }
});
