// Shows the API's own description with the vendored Swagger UI, and lets every operation be tried. Nothing is loaded
// from elsewhere. A write without a pasted token goes as who is signed in, and then proves that it comes from our page.
window.addEventListener("DOMContentLoaded", function () {
  "use strict";
  const place = document.getElementById("schema");
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
