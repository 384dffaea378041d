/**
 * The little that the page does by itself: choose a load and method, linear or logarithmic, roads on and off. Without it
 * every figure stands on the page, logarithmic, with all roads.
 */
export const SCRIPT = `
(() => {
  const controls = document.querySelector(".controls");
  if (controls === null) return;
  controls.hidden = false;
  const figures = [...document.querySelectorAll("[data-curves]")];
  const pick = document.getElementById("pick-curves");
  const choose = () => figures.forEach((one) => { one.hidden = one.dataset.curves !== pick.value; });
  pick.addEventListener("change", choose);
  choose();
  document.getElementById("linear").addEventListener("change", (event) => {
    document.body.classList.toggle("linear", event.target.checked);
  });
  controls.querySelectorAll("[data-toggle]").forEach((box) => box.addEventListener("change", () => {
    document.querySelectorAll("[data-road]").forEach((one) => {
      if (one.dataset.road === box.dataset.toggle) one.style.display = box.checked ? "" : "none";
    });
  }));
})();
`;
