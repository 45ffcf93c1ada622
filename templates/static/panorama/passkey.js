/* Passkeys: asks the browser for one and sends what it says. Forms marked data-passkey="get" (show one) or
   "create" (make one); options stand in data-options or come from the address in data-options-from. */
(() => {
  "use strict";
  const { webauthnJSON } = window;
  if (!window.PublicKeyCredential || !webauthnJSON) return;

  const options = async (form) => {
    if (!form.dataset.optionsFrom) return JSON.parse(form.dataset.options);
    const answer = await fetch(form.dataset.optionsFrom, { headers: { Accept: "application/json" } });
    return (await answer.json()).request_options;
  };

  const asked = async (form) => {
    const found = await options(form);
    return form.dataset.passkey === "create" ? webauthnJSON.create(found) : webauthnJSON.get(found);
  };

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    const failed = form.querySelector("[data-passkey-failed]"), button = form.querySelector("[data-passkey-ask]");
    form.hidden = false;
    button.addEventListener("click", async () => {
      failed.hidden = true;
      button.setAttribute("aria-busy", "true");
      try {
        form.elements.credential.value = JSON.stringify(await asked(form));
        form.submit();
      } catch {
        failed.hidden = false;
      } finally {
        button.removeAttribute("aria-busy");
      }
    });
  });
})();
