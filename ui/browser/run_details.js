// Asks Streamlit to draw the lower part of the Watch page anew when it has something new, such as the doctor.
// Each redraw takes time from the training, so it is asked for at most every PAUSE_SECONDS.

const PAUSE_SECONDS = 30

const states = new WeakMap() // the component's element -> { data, setTriggerValue, asked, hear }

export default function ({ parentElement, data, setTriggerValue }) {
  if (!states.has(parentElement)) {
    const own = { asked: -PAUSE_SECONDS }
    states.set(parentElement, own)
    own.hear = ({ detail }) => {
      const now = performance.now() / 1000
      const { id, state, details } = own.data // with another state the whole page is drawn anew
      const isNew = detail.id === id && detail.state === state && detail.details !== details
      if (!isNew || document.hidden || now - own.asked < PAUSE_SECONDS) return
      own.asked = now
      own.setTriggerValue("changed", detail.details)
    }
    document.addEventListener("sequence-lab-live", own.hear)
  }
  const own = states.get(parentElement)
  Object.assign(own, { data, setTriggerValue })
  return () => {
    states.delete(parentElement)
    document.removeEventListener("sequence-lab-live", own.hear)
  }
}
