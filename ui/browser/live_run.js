// Asks the server for a run's new rows and shows where the run stands. Used by ui/panels/live_run.py.
// live_curves.js and run_details.js hear each answer as the event "sequence-lab-live" of the document.

const RETRY_SECONDS = 2 // while the server does not answer
const HIDDEN_SECONDS = 30 // between two questions of a tab that nobody sees
const REDRAW_SECONDS = 5 // a request for a redraw is repeated after this time
const SPOKEN_SECONDS = 10 // between two sentences for a screen reader
const NOTIFY = "sequence-lab-notify" // in localStorage: "yes" if the user wants a notification
const LOST =
  "The server does not answer. The training does not need it and goes on. This page asks again by itself."

const state = new WeakMap() // the component's element -> what it knows of the run
const now = () => performance.now() / 1000
// Changes the text, not the list of children, which would make whole_page.js look through the page.
const texts = new WeakMap() // node -> the text that it was given last

// Change only the data of a text node, which wakes no observer. A browser that translates the page has put elements
// in the place of the text; these are replaced when the text changes.
const setText = (node, text) => {
  if (texts.get(node) === text) return
  texts.set(node, text)
  const [first, ...others] = node.childNodes
  if (first?.nodeType === Node.TEXT_NODE && !others.length) first.data = text
  else node.textContent = text
}

const duration = (seconds) => {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

// "starting Keras: 12 s, usually 20 s"
const activityText = ({ activity, phase }, seen) => {
  if (!phase) return activity
  const usual = phase.usual === null ? "" : `, usually ${duration(phase.usual)}`
  return `${activity}: ${duration(phase.seconds + now() - seen)}${usual}`
}

const permission = () => {
  if (!("Notification" in window) || !window.isSecureContext) {
    return "This browser shows no notifications of this page: they need https or this machine's own address."
  }
  const refused = "The browser refuses notifications of this page; its settings for this site can allow them."
  return Notification.permission === "denied" ? refused : ""
}

const wanted = () => {
  try {
    return localStorage.getItem(NOTIFY) === "yes"
  } catch {
    return false // a browser that stores nothing
  }
}

const keepWanted = (yes) => {
  try {
    yes ? localStorage.setItem(NOTIFY, "yes") : localStorage.removeItem(NOTIFY)
  } catch {}
}

// A notification of the run's end. The tag lets several tabs of one run show one notification.
const notify = (own, { announcement }) => {
  if (!wanted() || permission() || Notification.permission !== "granted") return
  try {
    const shown = new Notification(own.data.name, { body: announcement, tag: own.data.id })
    shown.onclick = () => window.focus()
  } catch {} // Android shows notifications of service workers only
}

const showFigures = (list, figures) => {
  if (list.children.length !== figures.length) {
    list.replaceChildren(
      ...figures.map(() => {
        const pair = document.createElement("div")
        pair.append(document.createElement("dt"), document.createElement("dd"))
        return pair
      }),
    )
  }
  figures.forEach(([name, value], number) => {
    setText(list.children[number].firstChild, name)
    setText(list.children[number].lastChild, value)
  })
}

// Say the announcement to a screen reader, but not every sentence of epochs that take a second.
const announce = (own, status) => {
  if (status.announcement === own.spoken) return
  if (status.state === own.spokenState && now() - own.spokenAt < SPOKEN_SECONDS) return
  Object.assign(own, { spoken: status.announcement, spokenState: status.state, spokenAt: now() })
  setText(own.find(".announcement"), status.announcement)
}

const show = (own) => {
  const { status, find } = own
  find(".live-run").dataset.state = status.state
  find(".live-run").classList.toggle("moving", Boolean(status.moving))
  setText(find(".activity"), status.moving ? activityText(status, own.seen) : "")
  find("progress").value = status.share ?? 0 // a bar without a value is animated, which takes time
  showFigures(find(".figures"), status.figures ?? [])
  setText(find(".lost"), own.lost)
}

// Ask Streamlit for a redraw of the page if it shows another state; again if the request was lost.
const follow = (own) => {
  const { state } = own.status
  const isAsked = own.redrawnFor === state && now() - own.redrawn < REDRAW_SECONDS
  if (state === own.data.status.state || isAsked) return
  Object.assign(own, { redrawn: now(), redrawnFor: state })
  own.setTriggerValue("changed", state)
}

const take = (own, answer) => {
  const ended = own.status.moving && !answer.moving
  const { points, replaces, ...status } = answer
  Object.assign(own, { status, seen: now(), lost: "" })
  if (ended) notify(own, status)
  if (document.title !== status.tab) document.title = status.tab
  announce(own, status)
  show(own)
  document.dispatchEvent(new CustomEvent("sequence-lab-live", { detail: { ...answer, id: own.data.id } }))
  follow(own)
}

const ask = async (own) => {
  own.asking = true
  const after = own.asked ? `?after=${own.status.position}` : "" // the first answer has all points
  try {
    const answer = await fetch(`${own.data.address}${after}`, { signal: AbortSignal.timeout(20_000) })
    if (own.gone) return
    if (answer.ok) {
      own.asked = true
      take(own, await answer.json())
    } else {
      own.lost = (await answer.text()).slice(0, 300)
      if (answer.status === 404) own.status.moving = false
      show(own)
      if (answer.status === 404) own.setTriggerValue("changed", "gone")
    }
  } catch {
    own.lost = LOST
    if (!own.gone) show(own)
  } finally {
    own.asking = false
    own.last = now()
  }
}

// One timer asks the server for news and updates the seconds of a phase.
const tick = (own) => {
  clearTimeout(own.timer)
  if (own.gone || !(own.status.moving || own.status.state !== own.data.status.state)) return
  const pause = document.hidden ? HIDDEN_SECONDS : own.lost ? RETRY_SECONDS : own.status.again
  const wait = own.last + pause - now()
  if (!own.asking && wait <= 0.05) {
    ask(own).then(() => tick(own))
    return
  }
  if (own.status.phase && !document.hidden) show(own)
  const most = own.status.phase ? 1 : HIDDEN_SECONDS
  own.timer = setTimeout(() => tick(own), 1000 * Math.min(most, Math.max(0.05, wait)))
}

const prepareNotify = (own) => {
  const [box, answer] = [own.find(".notify input"), own.find(".notify-answer")]
  box.checked = wanted() && !permission()
  box.onchange = async () => {
    const asked = box.checked
    keepWanted(asked)
    if (box.checked && !permission()) await Notification.requestPermission()
    const problem = box.checked ? permission() : ""
    if (problem || (box.checked && Notification.permission !== "granted")) {
      keepWanted(false)
      box.checked = false
    }
    const refused = asked && !box.checked ? "The browser was not allowed to show notifications." : ""
    setText(answer, problem || (box.checked ? "As long as this tab is open." : refused))
  }
}

// Streamlit's elements do not know the theme's colours by name, but the styles of the link to the text page
// need the primary colour by name.
const passColour = (parentElement) => {
  const colour = getComputedStyle(parentElement).getPropertyValue("--st-primary-color")
  parentElement.closest("[class*=st-key-live-headline]")?.style.setProperty("--live-primary", colour)
}

const scrollToTop = (own) => {
  if (window.sequenceLabWatched === own.data.id) return
  window.sequenceLabWatched = own.data.id
  document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0)
}

export default function ({ parentElement, data: sent, setTriggerValue }) {
  const data = { ...sent, status: JSON.parse(sent.status) }
  const isNew = !state.has(parentElement)
  if (isNew)
    state.set(parentElement, { last: -1, redrawn: -REDRAW_SECONDS, spokenAt: 0, lost: "", gone: false })
  const own = state.get(parentElement)
  Object.assign(own, { data, setTriggerValue, find: (selector) => parentElement.querySelector(selector) })
  if (isNew || data.status.state !== own.status.state)
    Object.assign(own, { status: data.status, seen: now() })
  show(own)
  passColour(parentElement)
  if (isNew) {
    Object.assign(own, { spoken: data.status.announcement, spokenState: data.status.state })
    prepareNotify(own)
    scrollToTop(own)
    own.seenAgain = () => {
      if (!document.hidden) tick(Object.assign(own, { last: -RETRY_SECONDS }))
    }
    // The curves have missed an answer: ask at once for all points, unless that is about to happen.
    own.askAll = () => {
      if (!own.asked) return
      Object.assign(own, { asked: false, last: -RETRY_SECONDS })
      tick(own)
    }
    document.addEventListener("visibilitychange", own.seenAgain)
    document.addEventListener("sequence-lab-live-all", own.askAll)
  }
  tick(own)
  return () => {
    own.gone = true
    state.delete(parentElement)
    clearTimeout(own.timer)
    document.removeEventListener("visibilitychange", own.seenAgain)
    document.removeEventListener("sequence-lab-live-all", own.askAll)
    window.sequenceLabWatched = null
  }
}
