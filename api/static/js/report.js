// 随手报: large pictures are made small before they travel, and a half-written report survives a closed page.
(function () {
  "use strict";
  const LONGEST_SIDE = 1600;
  const form = document.getElementById("report"), photos = document.getElementById("photos");
  const sent = document.getElementById("sent");
  const owner = (form || sent || { dataset: {} }).dataset.steward;
  const KEY = "jinpai-draft:" + owner;

  function stored() { try { return JSON.parse(localStorage.getItem(KEY) || "null"); } catch (error) { return null; } }
  function store(draft) { try { localStorage.setItem(KEY, JSON.stringify(draft)); } catch (error) { /* no storage: no draft */ } }
  if (sent) { try { localStorage.removeItem(KEY); } catch (error) { /* no storage */ } }

  function field(name) { return form.elements[name]; }
  function read() {
    return { nonce: field("nonce").value, seen_at: field("seen_at").value, category: field("category").value, lane: field("lane").value,
      address: field("address").value, description: field("description").value, hazard: field("hazard").checked };
  }
  function restore(draft) {
    // The same name and time as before: if that report did arrive, sending it again is no second one.
    ["nonce", "seen_at", "category", "lane", "address", "description"].forEach(function (name) { if (draft[name]) { field(name).value = draft[name]; } });
    field("hazard").checked = Boolean(draft.hazard);
  }

  if (form) {
    const draft = stored();
    const fresh = !document.querySelector("[data-focus]") && !field("description").value;
    if (draft && fresh && (draft.description || draft.address || draft.category)) {
      restore(draft);
      document.getElementById("restored").hidden = false;
    }
    form.addEventListener("input", function () { store(read()); });
  }

  async function shrunk(file) {
    if (!file.type.startsWith("image/") || !window.createImageBitmap) { return file; }
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      if (scale === 1 && file.size < 1500000 && /jpeg|png|webp/.test(file.type)) { return file; }
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise(function (done) { canvas.toBlob(done, "image/jpeg", 0.85); });
      return blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
    } catch (error) {
      return file;                       // the server says what is wrong with it
    }
  }

  if (photos) {
    const shown = document.getElementById("shown-photos");
    if (photos.dataset.button) {           // the browser's own button is small and speaks the browser's language
      const label = document.createElement("label");
      label.htmlFor = "photos";
      label.className = "btn btn--quiet pick";
      label.textContent = photos.dataset.button;
      photos.classList.add("has-button");
      photos.after(label);
    }
    photos.addEventListener("change", async function () {
      const files = Array.from(photos.files).slice(0, Number(photos.dataset.limit));
      const small = await Promise.all(files.map(shrunk));
      if (window.DataTransfer) {
        const bag = new DataTransfer();
        small.forEach(function (file) { bag.items.add(file); });
        photos.files = bag.files;
      }
      shown.textContent = "";
      shown.hidden = small.length === 0;
      small.forEach(function (file, at) {
        const item = document.createElement("li"), picture = document.createElement("img");
        picture.src = URL.createObjectURL(file);
        picture.alt = shown.dataset.words + " " + (at + 1);
        picture.addEventListener("load", function () { URL.revokeObjectURL(picture.src); });
        item.append(picture);
        shown.append(item);
      });
    });
  }
}());
