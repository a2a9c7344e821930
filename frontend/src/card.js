// A card reader types like a keyboard, fast, and ends with Enter: wherever the focus is, the
// number goes to the card field.
const SHAPE = /[0-9]{17}[0-9Xx]$/;
// milliseconds between two characters of a reader: in another field somebody may be typing another
// number, and nobody types so fast; in the card field and outside of any, an old computer may be
// slow, and the first characters may come before the field has the focus
const FAST = 60;
const SLOW = 1000;

let typed = "";
let last = 0;

function read(number) {
  const field = document.querySelector("[data-card]");
  if (!field) return;
  field.value = number.toUpperCase();
  field.form.requestSubmit();
}

document.addEventListener("keydown", (event) => {
  if (!document.querySelector("[data-card]") || event.ctrlKey || event.altKey || event.metaKey) {
    return;
  }
  const at = event.timeStamp;
  const field = event.target.closest("input, textarea, select");
  const patient = !field || field.matches("[data-card]");
  if (at - last > (patient ? SLOW : FAST)) typed = "";
  last = at;
  if (event.key === "Enter") {
    const found = typed.match(SHAPE);
    typed = "";
    if (!found) return;
    event.preventDefault();
    event.stopPropagation();
    const other = document.activeElement;
    if (other && !other.matches("[data-card]") && typeof other.value === "string") {
      other.value = other.value.replace(found[0], "");
    }
    read(found[0]);
  } else if (event.key.length === 1) {
    typed += event.key;
  } else if (event.key !== "Shift") {
    typed = ""; // corrected by hand: what stands in the field counts
  }
}, true);
