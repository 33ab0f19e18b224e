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
