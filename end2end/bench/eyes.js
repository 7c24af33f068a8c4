// What is put into a page before its own code, ours and the peer's alike: it notes when something began and when it was seen.
// Functions here run inside the page; they may use nothing from this file. Times are those of the machine's one clock, in ms,
// so that those of two browsers can be compared.

/**
 * `window.bench`: `begun`, the last click (the peer's page sets it when it calls); `dark` and `light`, the first black and the
 * first other frame of somebody else's picture, as painted; `read`, when the text in `awaited` stood in the chat.
 */
export function openEyes() {
  const LIGHT = 28;
  const SIDE = 8;
  const bench = { begun: 0, dark: 0, light: 0, awaited: '', read: 0 };
  window.bench = bench;
  addEventListener('click', () => (bench.begun = Date.now()), { capture: true });

  const pen = new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true });
  const isLight = (video) => {
    pen.drawImage(video, 0, 0, SIDE, SIDE);
    return pen.getImageData(0, 0, SIDE, SIDE).data.some((value, index) => index % 4 !== 3 && value > LIGHT);
  };
  const isVisible = (video) => {
    const { width, height } = video.getBoundingClientRect();
    return width > 0 && height > 0 && video.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const watched = new WeakSet();
  const watch = (video) => {
    if (watched.has(video)) return;
    watched.add(video);
    const look = () => {
      const now = Date.now();
      const light = isLight(video);
      if (!light) bench.dark ||= now;
      else if (isVisible(video)) bench.light ||= now;
      if (bench.light) return;
      // A picture that is there but still hidden may be shown before its next frame.
      if (light) requestAnimationFrame(look);
      else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  };
  const changed = () => {
    document.querySelectorAll('video[data-video^="peer-"]').forEach(watch);
    if (bench.awaited && !bench.read && [...document.querySelectorAll('[data-line="said"]')].some((line) => line.textContent.includes(bench.awaited))) {
      bench.read = Date.now();
    }
  };
  new MutationObserver(changed).observe(document, { childList: true, subtree: true });
}

/** Our page: as soon as two are in the room and no window is in the way, says `text`, as a hand would. */
export function sayOnArrival(text) {
  const observer = new MutationObserver(() => {
    if (!document.querySelector('main[data-people="2"]') || document.querySelector('dialog[open]')) return;
    observer.disconnect();
    const field = document.querySelector('.composer textarea');
    field.value = text;
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  });
  observer.observe(document, { subtree: true, attributes: true, attributeFilter: ['data-people', 'open'] });
}
