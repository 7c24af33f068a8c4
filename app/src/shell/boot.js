(function () {
  var failed = %FAILED%, reload = %RELOAD%, tooOld = %TOO_OLD%;
  var shown = false;
  function show(sentences, offerReload) {
    if (shown || document.documentElement.hasAttribute("data-hydrated")) return;
    if (!document.body) {
      document.addEventListener("DOMContentLoaded", function () { show(sentences, offerReload); });
      return;
    }
    shown = true;
    var notice = document.createElement("div");
    notice.className = "boot-notice";
    notice.setAttribute("role", "alert");
    sentences.forEach(function (sentence) {
      var line = document.createElement("p");
      line.lang = sentence[0];
      line.textContent = sentence[1];
      notice.appendChild(line);
    });
    if (offerReload) {
      notice.setAttribute("data-failed", "");
      var button = document.createElement("button");
      button.className = "button button--primary";
      button.textContent = reload.map(function (word) { return word[1]; }).join(" · ");
      button.addEventListener("click", function () { location.reload(); });
      notice.appendChild(button);
    }
    // After the page's own nodes: hydration counts them from the first.
    document.body.appendChild(notice);
  }
  // Without the last there is no style at all. Whatever has all four has what else the page needs.
  if (typeof WebAssembly !== "object" || !window.RTCPeerConnection || !window.HTMLDialogElement || !window.CSSLayerBlockRule) {
    show(tooOld, false);
    return;
  }
  function fail() { show(failed, true); }
  // In the capturing phase, so that a script file that does not load is heard of too.
  window.addEventListener("error", function (event) {
    var target = event.target;
    if (!target || target === window || target.tagName === "SCRIPT") fail();
  }, true);
  window.addEventListener("unhandledrejection", fail);
})();
