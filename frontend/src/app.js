// Behaviour of every page. Without it all forms still work; no inline scripts, no eval.
import htmx from "htmx.org";
import "./app.css";
import "./card.js";
import "./forms.js";
import "./keys.js";

// its configuration stands in the base page (responseHandling: refusals are shown, too)
window.htmx = htmx;

/** A line at the foot of the page that goes away by itself. */
function say(text) {
  const line = document.getElementById("toast");
  if (!line) return;
  line.textContent = text;
  line.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (line.hidden = true), 6000);
}

const word = (name) => document.body.dataset[name];
document.addEventListener("htmx:sendError", () => say(word("offline")));
document.addEventListener("htmx:timeout", () => say(word("offline")));
document.addEventListener("htmx:responseError", () => say(word("failed")));

/** After a swap: an error summary or a message takes the focus, so that it is read at once. */
function settle(root) {
  root.querySelector?.("[data-focus]")?.focus();
}
document.addEventListener("htmx:afterSettle", (event) => settle(event.target));
document.addEventListener("DOMContentLoaded", () => settle(document));

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  document.querySelectorAll("details.who[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  const link = event.target.closest(".summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (field) {
    event.preventDefault();
    (field.matches("input,select,textarea") ? field : field.querySelector("input,a,button"))?.focus();
    field.scrollIntoView({ block: "center" });
  }
});
