// Sends a file to the server and shows how far it is. Used by ui/upload_box.py.

const state = new WeakMap() // the component's element -> { request, stopped, problem }

const size = (bytes) => {
  const [unit, name] = [
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
    [1, "bytes"],
  ].find(([unit]) => bytes >= unit || unit === 1)
  return `${unit === 1 ? bytes : (bytes / unit).toFixed(1)} ${name}`
}

const headersOf = (file, data) => ({
  "X-Upload-Ticket": data.ticket,
  "X-Upload-Name": encodeURIComponent(file.name.toWellFormed?.() ?? file.name),
  "X-Upload-Size": String(file.size),
})

const LOST = "The connection to the server was lost. Try again."
const STOPPED = "Nothing was kept of the file, because it was stopped."

// Why the server would refuse the file; empty if it takes the file. Without this question, the user would wait for
// the refusal until the file is sent.
const refusal = async (file, data) => {
  if (file.size > data.most) {
    return `${file.name} has ${size(file.size)}; at most ${size(data.most)} can be sent. Split the file.`
  }
  try {
    const answer = await fetch(data.address, { method: "POST", headers: headersOf(file, data) })
    return answer.ok ? "" : (await answer.text()) || LOST
  } catch {
    return LOST
  }
}

// Resolves with a sentence: empty if the file has arrived.
const send = (file, data, request, progress) =>
  new Promise((done) => {
    request.open("PUT", data.address)
    for (const [name, value] of Object.entries(headersOf(file, data))) request.setRequestHeader(name, value)
    request.upload.onprogress = ({ loaded }) => progress(loaded)
    request.onload = () => done(request.status === 200 ? "" : request.responseText || LOST)
    request.onerror = () => done(LOST)
    request.onabort = () => done(STOPPED)
    request.send(file)
  })

export default function ({ parentElement, data, setTriggerValue }) {
  const find = (selector) => parentElement.querySelector(selector)
  const [input, drop, choose, stop] = ["input", ".drop", ".choose", ".stop"].map(find)
  const [text, bar, problem] = [".text", "progress", ".problem"].map(find)
  if (!state.has(parentElement)) state.set(parentElement, { request: null, stopped: false, problem: "" })
  const own = state.get(parentElement)

  const draw = () => {
    const sends = own.request !== null
    find(".label").textContent = data.label
    choose.textContent = data.file ? "Choose another file" : "Choose a file"
    choose.hidden = sends
    stop.textContent = sends ? "Stop sending" : "Remove the file"
    stop.hidden = !sends && !data.file
    bar.hidden = !sends
    text.ariaLive = sends ? "off" : "polite" // a screen reader would read every step; the bar tells it
    if (!sends) text.textContent = data.file ? `${data.file}, ${size(data.bytes)}` : "or drop it here"
    problem.textContent = own.problem
    input.accept = data.accept
  }
  const start = async (file) => {
    if (!file || own.request) return
    const request = new XMLHttpRequest()
    Object.assign(own, { request, stopped: false, problem: "" })
    bar.value = 0
    text.textContent = `Sending ${file.name} …`
    draw()
    stop.focus()
    own.problem = await refusal(file, data)
    if (!own.problem && own.stopped) own.problem = STOPPED
    if (!own.problem) {
      own.problem = await send(file, data, request, (loaded) => {
        bar.value = file.size ? loaded / file.size : 1
        text.textContent = `Sending ${file.name}: ${size(loaded)} of ${size(file.size)}`
      })
    }
    own.request = null
    draw()
    choose.focus()
    if (!own.problem) setTriggerValue("arrived", true)
  }

  input.onchange = () => {
    start(input.files[0])
    input.value = "" // so that the same file can be chosen again
  }
  choose.onclick = () => input.click()
  const abort = () => {
    own.stopped = true
    own.request?.abort()
  }
  stop.onclick = () => (own.request ? abort() : setTriggerValue("removed", true))
  drop.ondragover = (event) => {
    event.preventDefault()
    drop.classList.add("over")
  }
  drop.ondragleave = () => drop.classList.remove("over")
  drop.ondrop = (event) => {
    event.preventDefault()
    drop.classList.remove("over")
    start(event.dataTransfer.files[0])
  }
  draw()
  return abort // when another page is shown
}
