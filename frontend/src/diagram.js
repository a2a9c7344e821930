// Draws a BPMN diagram into <div data-diagram="id of a <script type=application/xml>"
// data-states="id of a JSON script">; the ordered list beside it says the same in words.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

async function draw(container) {
  const read = (name) => document.getElementById(container.dataset[name])?.textContent ?? "";
  await document.fonts.ready; // labels are measured: their font has to be there
  const viewer = new NavigatedViewer({ container });
  await viewer.importXML(JSON.parse(read("diagram") || '""'));
  const canvas = viewer.get("canvas");
  for (const [id, state] of Object.entries(JSON.parse(read("states") || "{}"))) {
    if (viewer.get("elementRegistry").get(id)) canvas.addMarker(id, `is-${state}`);
  }
  canvas.zoom("fit-viewport", "auto");
  container.dataset.drawn = "yes";
}

async function drawAll(root) {
  for (const container of root.querySelectorAll("[data-diagram]:not([data-drawn])")) {
    container.dataset.drawn = "under way";
    try {
      await draw(container);
    } catch (error) {
      container.dataset.drawn = "failed";
      console.error(error);
    }
  }
}

document.addEventListener("DOMContentLoaded", () => drawAll(document));
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
