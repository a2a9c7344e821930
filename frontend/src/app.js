// What every page needs: htmx, the few interactive parts of Bootstrap, our stylesheet.
import "@fontsource-variable/noto-sans-sc";
import "bootstrap/dist/css/bootstrap.min.css";
import "./app.css";
import { Collapse, Dropdown, Modal, Toast } from "bootstrap";
import htmx from "htmx.org";

// a conflict or a refused form comes back as a fragment: show it
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "(409|422)", swap: true, error: false },
  { code: "[45]..", swap: false, error: true },
];
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  if (token) event.detail.headers["X-CSRFToken"] = token;
});

window.htmx = htmx;
window.bootstrap = { Collapse, Dropdown, Modal, Toast };
