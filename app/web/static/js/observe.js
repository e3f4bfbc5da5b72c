/* Recurring observations: «Insertar» writes the chosen text into its observation at once, below what
   is typed there. Without this script the button posts the page, which does the same. */

(() => {
  "use strict";

  const whole = (number) =>
    document.querySelector(`#textos-recurrentes [data-text="${CSS.escape(number)}"]`)?.textContent;

  for (const list of document.querySelectorAll("select[data-recurring]")) {
    const box = document.getElementById(list.dataset.recurring);
    const button = list.parentElement.querySelector("button");
    button?.addEventListener("click", (event) => {
      const text = list.value && whole(list.value);
      if (!box || !text) return; /* the page says to choose one */
      event.preventDefault();
      box.value = box.value.trim() ? `${box.value.trimEnd()}\n${text}` : text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      list.value = "";
      box.focus();
    });
  }
})();
