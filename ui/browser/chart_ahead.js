// Loads plotly.js while the visitor reads a page without charts. Used by ui/charts/component.py; loadPlotly is in
// load_plotly.js.

export default function ({ data }) {
  const whenIdle = window.requestIdleCallback ?? setTimeout
  whenIdle(() => loadPlotly(data.source).catch(() => {})) // a chart that needs it tries again and tells
}
