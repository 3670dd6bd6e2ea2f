// Loads the scripts of the interactive figures when the first of them is about to come into view: who never
// gets there does not pay for them. The page names the files; each runs after the one before it.
"use strict";

(() => {
  const script = document.currentScript;
  const figures = [...document.querySelectorAll(".interactive")];
  const load = () => {
    watcher.disconnect();
    removeEventListener("scroll", look);
    for (const file of script.dataset.files.split(" ")) {
      const next = document.createElement("script");
      next.async = false;
      next.src = new URL(file, script.src).href;
      document.head.append(next);
    }
  };
  const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && load(), { rootMargin: "800px" });
  // Sections far away are not laid out, and Chromium may keep silent about what lies deep in one that has come near.
  const look = () => {
    const near = ({ top, bottom }) => top < innerHeight + 800 && bottom > -800;
    if (figures.some((figure) => figure.checkVisibility?.({ contentVisibilityAuto: true }) && near(figure.getBoundingClientRect()))) load();
  };
  figures.forEach((figure) => watcher.observe(figure));
  addEventListener("scroll", look, { passive: true });
})();
