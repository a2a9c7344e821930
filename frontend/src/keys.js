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

/** The row whose task is shown is the selected one. */
document.addEventListener("htmx:beforeRequest", (event) => {
  const link = event.target.closest("a[data-row]");
  if (!link) return;
  document.querySelectorAll("[data-rows] tr").forEach((row) => {
    row.setAttribute("aria-selected", String(row.contains(link)));
  });
});

/** On a narrow screen a row opens the task's own page instead of the panel beside it. */
document.addEventListener("htmx:confirm", (event) => {
  const link = event.target.closest?.("a[data-row]");
  if (link && window.matchMedia("(max-width: 1100px)").matches) {
    event.preventDefault();
    window.location.href = link.href;
  }
});
