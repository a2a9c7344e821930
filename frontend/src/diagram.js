// The drawing of a process with what is done, active, waiting and failed. Its text twin stands in
// the page beside it; the drawing itself is for eyes only.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "./diagram.css";

const TALLEST = 620; // pixels
const SMALLEST = 0.6; // below this labels cannot be read: then one drags

/** As high as the drawing needs at full width; never so small that labels cannot be read. */
function fit(box, canvas) {
  const { inner } = canvas.viewbox();
  const scale = Math.min(Math.max((box.clientWidth - 32) / inner.width, SMALLEST), 1);
  box.style.height = `${Math.min(inner.height * scale + 72, TALLEST)}px`;
  canvas.resized();
  const width = box.clientWidth / scale;
  const left = width > inner.width ? inner.x - (width - inner.width) / 2 : inner.x - 12;
  canvas.viewbox({ x: left, y: inner.y - 16, width, height: box.clientHeight / scale });
}

async function draw(box) {
  if (box.dataset.drawn) return;
  box.dataset.drawn = "begun";
  const answer = await fetch(box.dataset.diagram, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    box.textContent = box.dataset.failed;
    return;
  }
  const { xml, elements } = await answer.json();
  await document.fonts.ready; // labels are measured, so fonts come first
  const viewer = new NavigatedViewer({ container: box });
  await viewer.importXML(xml);
  const canvas = viewer.get("canvas");
  const known = viewer.get("elementRegistry");
  for (const [id, state] of Object.entries(elements)) {
    if (known.get(id)) canvas.addMarker(id, `at-${state}`);
  }
  fit(box, canvas);
  box.dataset.drawn = "done";
}

function look(root) {
  root.querySelectorAll?.("[data-diagram]").forEach(draw);
}
document.addEventListener("DOMContentLoaded", () => look(document));
document.addEventListener("htmx:afterSettle", (event) => look(event.target));
