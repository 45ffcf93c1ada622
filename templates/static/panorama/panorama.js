/* Panorama's one script: keys, dialogs, menus, one submit. Everything works without it. */
(() => {
  "use strict";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const editable = "input:not([type=checkbox],[type=radio]),textarea,select,dialog[open]";
  let first = "", timer = 0;

  const use = (element) => {
    if (!element.matches("input")) return element.click();
    element.focus();
    element.select();
  };

  const step = (by) => {
    const rows = all("a[data-row]");
    const here = rows.indexOf(document.activeElement.closest("tr,li")?.querySelector("a[data-row]"));
    rows[Math.max(0, Math.min(rows.length - 1, here < 0 ? 0 : here + by))]?.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.getModifierState?.("CapsLock") !== undefined && event.target.type === "password")
      all("[data-caps]").forEach((hint) => { hint.hidden = !event.getModifierState("CapsLock"); });
    if (event.key === "Escape" && !event.isComposing) {
      all("details.menu[open]").forEach((menu) => { menu.open = false; menu.firstElementChild.focus(); });
      if (event.target.matches("[data-key]")) event.target.blur();
    }
    if (document.body.dataset.keys === "off" || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(editable)) return;
    const key = first + event.key;
    const hit = all("[data-key]").find((element) => element.dataset.key === key);
    clearTimeout(timer);
    first = !first && event.key === "g" ? "g " : "";
    if (first) timer = setTimeout(() => { first = ""; }, 1200);
    if (hit) { event.preventDefault(); use(hit); }
    else if (key === "j") step(1);
    else if (key === "k") step(-1);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  document.addEventListener("submit", (event) => {
    const form = event.target, submitter = event.submitter;
    if (form.dataset.sent) return event.preventDefault();
    if (form.method !== "post" || !submitter) return;
    form.dataset.sent = "yes";
    submitter.setAttribute("aria-busy", "true");
  });
  const differs = (input) => input.type === "checkbox" ? input.checked !== input.defaultChecked
    : input.options ? [...input.options].some((one) => one.selected !== one.defaultSelected) : input.value !== input.defaultValue;
  /* Which entries will wait for a second person: those that differ from what is stored, or kinds that always do. */
  const judge = (form) => {
    const note = form.querySelector("[data-waits]"), tags = [...form.querySelectorAll("[data-needs]")];
    if (!note || !tags.length) return;
    const waits = tags.filter((tag) => {
      const { needs, kinds, adding, changed } = tag.dataset, input = document.getElementById(needs);
      const touched = Boolean(input) && (changed !== undefined || adding !== undefined || differs(input));
      const will = touched && (!kinds || kinds.split(" ").includes(input.value));
      tag.classList.toggle("warn", will);
      tag.classList.toggle("info", !will);
      return will;
    });
    note.hidden = !waits.length;
    const names = waits.map((tag) => tag.parentElement.firstChild.textContent.trim()).join(" · ");
    const told = note.querySelector("[data-waiting]");
    if (told.textContent !== names) told.textContent = names;
  };
  document.addEventListener("input", (event) => event.target.form && judge(event.target.form));
  all("form").forEach(judge);

  /* A file is dropped on its field by the browser itself; this shows where, and takes pasted pictures. */
  const drops = all("input[data-drop]");
  drops.forEach((field) => ["dragenter", "dragover", "dragleave", "drop"].forEach((kind) =>
    field.addEventListener(kind, () => field.classList.toggle("over", kind === "dragenter" || kind === "dragover"))));
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files ?? [];
    if (!drops.length || !files.length) return;
    event.preventDefault();
    drops[0].files = files;
    drops[0].focus();
  });

  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  }));

  const narrow = matchMedia("(max-width: 52rem)");
  const fold = () => all("details.nav").forEach((nav) => { nav.open = !narrow.matches; });
  narrow.addEventListener("change", fold);
  fold();
  document.querySelector("[data-focus]")?.focus();

  /* Two minutes before a session ends without use, say so and offer to stay (WCAG 2.2.1). */
  const ending = document.getElementById("ending"), idle = Number(document.body.dataset.idle) * 1000;
  let last = Date.now();
  /* With `headers` of a partial update the question is not use: an open page keeps no session alive. */
  const stay = async (headers) => {
    const answer = await fetch(document.body.dataset.stay, { headers });
    if (answer.status !== 204) {
      const back = new URL(answer.url);
      back.searchParams.set("next", location.pathname + location.search);
      return location.assign(back);
    }
    last = Date.now();
    ending.close();
  };
  if (ending && idle > 0) {
    ending.querySelector("[data-stays]").addEventListener("click", () => stay({}));
    setInterval(() => {
      const left = last + idle - Date.now();
      if (left <= 0) stay({ "HX-Request": "true" });
      else if (left <= 120000 && !ending.open) ending.showModal();
    }, 5000);
  }
})();
