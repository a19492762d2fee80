// A camera as a scanner, where the browser reads codes by itself; everywhere else the button stays hidden.
(function () {
  "use strict";
  const start = document.getElementById("camera");
  if (!start || !("BarcodeDetector" in window) || !navigator.mediaDevices) { return; }
  const view = document.getElementById("camera-view");
  const field = document.getElementById("code");
  const detector = new window.BarcodeDetector({ formats: ["qr_code", "code_128"] });
  start.hidden = false;

  function stop(stream) {
    stream.getTracks().forEach(function (track) { track.stop(); });
    view.hidden = true;
    start.hidden = false;
  }

  async function look(stream) {
    if (view.hidden) { return; }
    const found = await detector.detect(view).catch(function () { return []; });
    if (found.length) {
      stop(stream);
      field.value = found[0].rawValue;
      field.form.requestSubmit();
      return;
    }
    window.setTimeout(look, 200, stream);
  }

  start.addEventListener("click", async function () {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (refused) {
      document.getElementById("camera-refused").hidden = false;
      field.focus();
      return;
    }
    start.hidden = true;
    view.hidden = false;
    view.srcObject = stream;
    await view.play();
    look(stream);
  });
}());
