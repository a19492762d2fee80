// Shows the API's own description with the vendored Swagger UI. Nothing is loaded from elsewhere.
window.addEventListener("load", function () {
  "use strict";
  var place = document.getElementById("schema");
  window.SwaggerUIBundle({
    url: place.dataset.url,
    domNode: place,
    deepLinking: true,
    validatorUrl: null,
    requestSnippetsEnabled: true,
    tryItOutEnabled: false,
    supportedSubmitMethods: ["get", "post", "patch", "put", "delete"],
    requestInterceptor: function (request) {
      request.headers["Accept-Language"] = document.documentElement.lang;
      return request;
    }
  });
});
