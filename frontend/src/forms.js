// Small helps for forms: files go at once, buttons ask before what cannot be undone, the window
// counts what is ticked.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
  if (event.target.closest("[data-matters]")) count();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-ask]");
  if (button && !window.confirm(button.dataset.ask)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

/** The sentence above the one button: how many matters, which departments, until when. */
function count() {
  const list = document.querySelector("[data-matters]");
  const line = document.querySelector("[data-count]");
  if (!list || !line) return;
  const chosen = [...list.querySelectorAll("input[name=matters]:checked")];
  const leads = [...new Set(chosen.map((box) => box.dataset.lead))];
  const due = chosen.map((box) => box.dataset.due).sort().at(-1);
  const words = chosen.find((box) => box.dataset.due === due)?.dataset.dueWords;
  line.hidden = !chosen.length;
  document.querySelector("[data-count-none]").hidden = Boolean(chosen.length);
  line.querySelector("[data-n]").textContent = chosen.length;
  line.querySelector("[data-leads]").textContent = leads.join(line.dataset.comma);
  line.querySelector("[data-until]").textContent = words ?? "";
}
document.addEventListener("DOMContentLoaded", count);

/** A card that was read leaves the field free for the next one. */
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.xhr.status === 200 && event.target.querySelector?.("[data-card]")) event.target.reset();
});

/** The receipt prints by itself, once. */
document.addEventListener("DOMContentLoaded", () => {
  if (!document.querySelector("[data-print-now]")) return;
  history.replaceState(null, "", window.location.pathname);
  window.print();
});
document.addEventListener("htmx:afterSettle", count);
