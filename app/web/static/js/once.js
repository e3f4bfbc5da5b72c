/* The second click of a double click on a button does nothing: otherwise its reader sees the answer to
   the second request, which is refused. Without this script the server does the first one alone. */

document.addEventListener(
  "click",
  (event) => {
    if (event.detail > 1 && event.target.closest("button[type=submit]")) event.preventDefault();
  },
  true,
);
