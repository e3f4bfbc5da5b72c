/* Moves the focus to the search in the head: with Ctrl+K, and with / for who switched it on. */

(() => {
  "use strict";

  const field = document.querySelector("[data-find]");
  if (!field) return;

  const types = (place) => place.matches("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || event.shiftKey && event.key !== "/") return;
    const command = event.ctrlKey || event.metaKey;
    const byCommand = command && event.key.toLowerCase() === "k";
    const bySlash = !command && event.key === "/" && field.dataset.find === "slash" && !types(event.target);
    if (!byCommand && !bySlash) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
})();
