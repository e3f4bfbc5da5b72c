/* Pages of steps: show only what applies, at once. Without this script the next page shows it. */

(() => {
  "use strict";

  const form = document.querySelector("[data-step]");
  if (!form) return;

  /* Parts of the page with a condition: the name of an input, and the values that open them. */
  const parts = [...form.querySelectorAll("[data-when]")].map((place) => ({
    place,
    decider: place.dataset.when,
    values: place.dataset.values.split(" "),
  }));
  if (!parts.length) return;

  const named = (name) => [...form.elements].filter((one) => one.name === name);
  const isChosen = (one) => !one.matches(":disabled") && (one.checked || one.tagName === "SELECT");

  /* A radio may not have aria-expanded, so a live region says what opens. */
  const said = document.createElement("p");
  said.className = "govuk-visually-hidden";
  said.setAttribute("role", "status");
  form.append(said);

  /* In the order of the page: a part inside a closed one, or decided by it, is closed, too. */
  const settle = () => {
    let opened = 0;
    for (const { place, decider, values } of parts) {
      const open = named(decider).some((one) => isChosen(one) && values.includes(one.value));
      if (open && place.hidden) opened += 1;
      place.hidden = !open;
      place.disabled = !open;
    }
    return opened;
  };

  for (const { place, decider, values } of parts) {
    for (const one of named(decider)) {
      if (one.tagName !== "SELECT" && !values.includes(one.value)) continue;
      const controlled = one.getAttribute("aria-controls");
      one.setAttribute("aria-controls", controlled ? `${controlled} ${place.id}` : place.id);
    }
  }
  form.addEventListener("change", () => {
    said.textContent = settle() ? "Abajo hay más preguntas sobre esta respuesta." : "";
  });
  settle();
})();
