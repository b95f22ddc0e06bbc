// Tells screen readers a text when it has not changed for a while. ui/browser/__init__.py puts this file in front
// of other scripts.

const PAUSE = 1000 // milliseconds without a new text
const timers = new WeakMap()

// Write `text` into the live region `region` after the pause; returns what cancels this.
export const sayAfterPause = (region, text) => {
  clearTimeout(timers.get(region))
  const timer = setTimeout(() => {
    if (region.textContent !== text) region.textContent = text
  }, PAUSE)
  timers.set(region, timer)
  return () => clearTimeout(timers.get(region))
}
