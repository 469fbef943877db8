"use strict";
/* Say the figure under the pointer or the focus; open what a link leads to. All else works without this script. */
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

function open(hash) {
  const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
  for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href^='#'],a[*|href^='#']");
  if (link) open(link.getAttribute("href"));
});
addEventListener("hashchange", () => open(location.hash));
open(location.hash);

const unfold = document.getElementById("unfold");
if (unfold) {
  const words = [unfold.textContent, unfold.dataset.fold];
  const folds = document.querySelectorAll(".fold>details,.folded");
  let all = false;
  unfold.hidden = false;
  unfold.addEventListener("click", () => {
    all = !all;
    for (const fold of folds) fold.open = all;
    unfold.textContent = words[Number(all)];
  });
}
