/**
 * The little that a page does by itself: choose what figures show, linear or logarithmic, roads on and off, and tell the
 * number under the pointer or, by arrow keys, under the focus. Without it everything stands on the page, logarithmic,
 * with all roads, from its oldest run; numbers are in the tables.
 */
export const SCRIPT = `
(() => {
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const controls = document.querySelector(".controls");
  if (controls !== null) choices(controls);
  tips();
  // Where a chart over time is wider than the window, what happened last is what is asked for.
  for (const one of all("[data-newest]")) one.scrollLeft = one.scrollWidth;

  function choices(form) {
    const field = (name) => form.elements[name];
    const viewed = all("[data-view],[data-quantile]");
    const show = () => {
      const offered = field("load").selectedOptions[0].dataset.quantities.split(" ");
      const quantity = field("quantity");
      for (const option of quantity.options) option.hidden = option.disabled = !offered.includes(option.value);
      quantity.value = offered.includes(wanted) ? wanted : offered[0];
      quantity.disabled = offered.length < 2;
      const view = field("load").value + "/" + quantity.value;
      for (const one of viewed) {
        const { view: own, quantile: at } = one.dataset;
        one.hidden = (own !== undefined && own !== view && !view.startsWith(own + "/")) ||
          (at !== undefined && !at.split(" ").includes(field("quantile").value));
      }
    };
    const scale = () => {
      if (document.body.classList.toggle("linear", field("linear").checked) === swapped) return;
      swapped = !swapped;
      const moved = { path: "d", circle: "cy", text: "y" };
      for (const one of all("[data-linear]")) {
        const now = one.getAttribute(moved[one.localName]);
        one.setAttribute(moved[one.localName], one.dataset.linear);
        one.dataset.linear = now;
      }
    };
    const roads = () => {
      const off = all("[name=road]:not(:checked)", form).map((box) => box.value);
      for (const one of all("[data-roads]")) {
        one.classList.toggle("off", one.dataset.roads.split(" ").some((road) => off.includes(road)));
      }
    };
    let swapped = false;
    // What the reader chose, also while a load is shown that lacks it.
    let wanted = "";
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", ({ target }) => {
      if (target.name === "quantity") wanted = target.value;
      show(); scale(); roads();
    });
    show(); scale(); roads();
  }

  function tips() {
    const tip = document.body.appendChild(document.createElement("div"));
    tip.className = "tip";
    tip.setAttribute("role", "status");
    tip.hidden = true;
    let here = null;
    const hide = () => { tip.hidden = true; here?.classList.remove("here"); here = null; };
    const tell = (mark, x, y) => {
      here?.classList.remove("here");
      here = mark;
      mark.classList.add("here");
      tip.textContent = mark.dataset.tip;
      tip.hidden = false;
      tip.style.left = Math.max(8, Math.min(x + 12, innerWidth - tip.offsetWidth - 8)) + "px";
      tip.style.top = (y > tip.offsetHeight + 24 ? y - tip.offsetHeight - 12 : y + 18) + "px";
    };
    for (const chart of all("svg.chart")) {
      const name = chart.querySelector(":scope > title");
      chart.setAttribute("aria-label", name.textContent + ". Arrow keys tell the numbers.");
      chart.removeAttribute("aria-labelledby");
      chart.tabIndex = 0;
      name.remove();
      for (const title of all("title", chart)) {
        title.parentNode.dataset.tip = title.textContent;
        title.remove();
      }
      // Where the arrow keys are. A scroll, as the focus itself may cause, hides the tip but does not lose the place.
      let place = null;
      chart.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const marks = all("[data-tip]", chart).filter((mark) => mark.closest(".off") === null);
        if (marks.length === 0) return;
        const at = marks.indexOf(here ?? place);
        place = marks[at < 0 ? (step > 0 ? 0 : marks.length - 1) : (at + step + marks.length) % marks.length];
        const box = place.getBoundingClientRect();
        tell(place, box.right, box.top);
      });
      chart.addEventListener("blur", () => { place = null; hide(); });
    }
    document.addEventListener("pointerover", (event) => {
      const mark = event.target.closest?.("[data-tip]") ?? null;
      if (mark === null) hide();
      else tell(mark, event.clientX, event.clientY);
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
    addEventListener("scroll", hide, { passive: true });
    addEventListener("beforeprint", () => all("details").forEach((one) => { one.open = true; }));
  }
})();
`;
