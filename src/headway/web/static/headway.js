// Menus close when something else is clicked, and by Escape. A secret is selected by a click on it.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open], details.more-actions[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (event.target.matches("[data-select]")) event.target.select();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open], details.more-actions[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Keyboard: "/" goes to the page's filter.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector('[data-focus="/"]');
  if (field) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});
