// Planning: what is chosen is shown at once. Without it the Show button does the same.

const form = document.querySelector("[data-plan]");
const show = form?.querySelector("[data-show]");

if (form && show) {
  show.parentElement.hidden = true;
  form.addEventListener("change", (event) => {
    const other = event.target.name === "due" && event.target.value === "other";
    if (!event.target.matches("[data-shows]") || other) return;
    form.requestSubmit(show);
  });
}
