// Reloads the page after a build, and shows what is wrong with the last one.
// Only the preview server adds this script; published pages do not have it.
(() => {
  "use strict";
  let seen = null;
  const source = new EventSource("/_portolan/events");

  source.onmessage = (message) => {
    const state = JSON.parse(message.data);
    if (seen !== null && state.build !== seen) {
      location.reload();
      return;
    }
    seen = state.build;
    show(state);
  };

  function show(state) {
    document.getElementById("portolan-live")?.remove();
    const problems = state.problems || [];
    if (problems.length === 0) return;
    const box = document.createElement("section");
    box.id = "portolan-live";
    box.setAttribute("role", "alert");
    box.classList.toggle("failed", Boolean(state.failed));

    const head = document.createElement("h2");
    head.textContent = state.failed
      ? "The last build failed; this page is from the one before"
      : problems.length === 1 ? "1 error in this build" : `${problems.length} errors in this build`;
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => box.remove());

    const list = document.createElement("ol");
    for (const text of problems.slice(0, 20)) {
      const item = document.createElement("li");
      item.textContent = text;
      list.append(item);
    }
    box.append(head, close, list);
    document.body.append(box);
  }
})();
