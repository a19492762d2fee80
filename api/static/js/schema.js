// Shows the API's own description with the vendored Swagger UI, and lets every operation be tried. Nothing is loaded
// from elsewhere. A write without a pasted token goes as who is signed in, and then proves that it comes from our page.
window.addEventListener("DOMContentLoaded", function () {
  "use strict";
  const place = document.getElementById("schema");
  let due = false;
  function set(selector, values) {
    for (const found of place.querySelectorAll(selector)) {
      for (const name in values) if (!found.hasAttribute(name)) found.setAttribute(name, values[name]);
    }
  }
  function mend() {                                            // what the console leaves without a name or out of order
    const said = place.dataset;
    due = false;
    set(".information-container", { role: "region", "aria-label": said.about });
    set(".schemes-server-container", { role: "region", "aria-label": said.servers });
    set("#servers", { "aria-label": said.servers });
    set(".filter-container", { role: "search", "aria-label": said.filter });
    set(".operation-filter-input", { "aria-label": said.filter });
    set("h3.opblock-tag, .models > h4", { "aria-level": "2" });
    set("h4.opblock-title", { "aria-level": "3" });
  }
  new MutationObserver(function () {
    if (!due) { due = true; requestAnimationFrame(mend); }
  }).observe(place, { childList: true, subtree: true });
  window.SwaggerUIBundle({
    url: place.dataset.url,
    domNode: place,
    deepLinking: true,
    docExpansion: "none",
    filter: true,
    validatorUrl: null,
    requestSnippetsEnabled: true,
    tryItOutEnabled: true,
    supportedSubmitMethods: ["get", "post", "patch", "put", "delete"],
    requestInterceptor: function (request) {
      request.headers["Accept-Language"] = document.documentElement.lang;
      const own = new URL(request.url, location.href).origin === location.origin;
      if (own && place.dataset.csrf && !request.headers.Authorization) {
        request.headers["X-CSRF-Token"] = place.dataset.csrf;
      }
      return request;
    }
  });
});
