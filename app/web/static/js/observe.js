/* Own earlier observations: «Insertar» writes the chosen one into its observation at once, below what
   is typed there. Without this script the button posts the page, which does the same. */

(() => {
  "use strict";

  for (const list of document.querySelectorAll("select[data-own]")) {
    const box = document.getElementById(list.dataset.own);
    const button = list.parentElement.querySelector("button");
    button?.addEventListener("click", (event) => {
      const text = list.selectedOptions[0]?.dataset.text;
      if (!box || !text) return; /* the page says to choose one */
      event.preventDefault();
      box.value = box.value.trim() ? `${box.value.trimEnd()}\n${text}` : text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      list.value = "";
      box.focus();
    });
  }
})();
