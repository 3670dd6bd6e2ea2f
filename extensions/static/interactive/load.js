// Loads the scripts of the interactive figures when the first of them is about to come into view: who never
// gets there does not pay for them. The page names the files; each runs after the one before it.
"use strict";

(() => {
  const script = document.currentScript;
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    for (const file of script.dataset.files.split(" ")) {
      const next = document.createElement("script");
      next.async = false;
      next.src = new URL(file, script.src).href;
      document.head.append(next);
    }
  }, { rootMargin: "800px" });
  document.querySelectorAll(".interactive").forEach((element) => watcher.observe(element));
})();
