// "/" finds, J K Enter move in lists, A goes to approval, F9 accepts at the window.
function typing(target) {
  return target.closest("input:not([type=radio]):not([type=checkbox]),textarea,select,[contenteditable]");
}

function rows() {
  return [...document.querySelectorAll("[data-rows] a[data-row]")];
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((link) => link === document.activeElement);
  const chosen = all.findIndex((link) => link.closest("tr")?.getAttribute("aria-selected") === "true");
  const from = here >= 0 ? here : chosen;
  const to = Math.min(Math.max(from + step, 0), all.length - 1);
  all[to].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "F9") {
    const button = document.querySelector("[data-f9]");
    if (button) {
      event.preventDefault();
      button.click();
    }
    return;
  }
  if (typing(event.target)) return;
  switch (event.key) {
    case "/": {
      const field = document.querySelector("[data-find]");
      if (field) {
        event.preventDefault();
        field.focus();
      }
      break;
    }
    case "j":
    case "J":
      move(1);
      break;
    case "k":
    case "K":
      move(-1);
      break;
    case "a":
    case "A":
      document.querySelector("[data-approve]")?.focus();
      break;
  }
});

const wide = () => !window.matchMedia("(max-width: 1100px)").matches;

/** The row whose task is shown is the selected one. */
function select(task) {
  document.querySelectorAll("[data-rows] tr").forEach((row) => {
    row.setAttribute("aria-selected", String(row.dataset.task === task));
  });
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const link = event.target.closest("a[data-row]");
  if (link) select(link.closest("tr").dataset.task);
});
document.addEventListener("htmx:afterSettle", () => {
  select(document.querySelector("#panel [data-shown]")?.dataset.shown);
});

/** Beside the list the first task is open at once. */
document.addEventListener("DOMContentLoaded", () => {
  const panel = document.querySelector("#panel[data-first]");
  if (panel && wide()) window.htmx.ajax("GET", panel.dataset.first, { target: panel });
});

/** On a narrow screen a row opens the task's own page instead of the panel beside it. */
document.addEventListener("htmx:confirm", (event) => {
  const link = event.target.closest?.("a[data-row]");
  if (link && !wide()) {
    event.preventDefault();
    window.location.href = link.href;
  }
});
