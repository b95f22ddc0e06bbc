// Asks Streamlit to redraw the lower part of the Watch page when there is something new, such as a finding of
// the doctor. Each redraw takes time from the training. So a new finding is shown SOON_SECONDS after the last
// redraw at the earliest, and a further epoch LATER_SECONDS after it.

const SOON_SECONDS = 15
const LATER_SECONDS = 60

const states = new WeakMap() // the component's element -> { data, setTriggerValue, asked, hear }

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other)

export default function ({ parentElement, data, setTriggerValue }) {
  if (!states.has(parentElement)) {
    const own = { asked: -LATER_SECONDS }
    states.set(parentElement, own)
    own.hear = ({ detail }) => {
      const now = performance.now() / 1000
      const { id, state, details } = own.data // with another state the whole page is drawn anew
      const isNew = detail.id === id && detail.state === state && !isSame(detail.details, details)
      const pause = detail.details.finding === details.finding ? LATER_SECONDS : SOON_SECONDS
      if (!isNew || document.hidden || now - own.asked < pause) return
      own.asked = now
      own.setTriggerValue("changed", JSON.stringify(detail.details))
    }
    document.addEventListener("sequence-lab-live", own.hear)
  }
  const own = states.get(parentElement)
  Object.assign(own, { data: { ...data, details: JSON.parse(data.details) }, setTriggerValue })
  return () => {
    states.delete(parentElement)
    document.removeEventListener("sequence-lab-live", own.hear)
  }
}
