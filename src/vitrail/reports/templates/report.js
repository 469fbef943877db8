"use strict";
/* Say the figure under the pointer or the focus. Everything else works without this script. */
const tip = document.getElementById("tip");
function show(node, x, y) {
  tip.textContent = node.dataset.said;
  tip.hidden = false;
  const wide = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = Math.max(8, Math.min(x + 14, wide)) + "px";
  tip.style.top = Math.max(8, y - tip.offsetHeight - 14) + "px";
}
const find = (target) => target.closest?.("[data-said]");
document.addEventListener("pointermove", (event) => {
  const node = find(event.target);
  if (node) show(node, event.clientX, event.clientY);
  else tip.hidden = true;
});
document.addEventListener("focusin", (event) => {
  const node = find(event.target);
  if (!node) { tip.hidden = true; return; }
  const box = node.getBoundingClientRect();
  show(node, box.left + box.width / 2, box.top + box.height / 2);
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
addEventListener("beforeprint", () => document.querySelectorAll(".portraits.main,.folded,.how details:not(.sql)").forEach((part) => { part.open = true; }));
