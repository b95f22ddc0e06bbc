// Loads plotly.js once for all pages of a visit. ui/browser/__init__.py puts this file in front of other scripts.

export const loadPlotly = (source) => {
  window.sequenceLabPlotly ??= new Promise((done, fail) => {
    const script = document.createElement("script")
    script.src = source
    script.onload = () => done(window.Plotly)
    script.onerror = (error) => {
      window.sequenceLabPlotly = undefined // the next chart tries again
      fail(error)
    }
    document.head.append(script)
  })
  return window.sequenceLabPlotly
}
