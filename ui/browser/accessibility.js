// What Streamlit's own elements lack for people with a keyboard, a screen reader or a phone. ui/browser/__init__.py
// puts this file in front of whole_page.js.

// Streamlit puts the menu's groups, which are no list items, into one list. Each group becomes a list.
const mendMenu = () => {
  const menu = document.querySelector("[data-testid=stSidebarNavItems]:not([role])")
  if (!menu?.querySelector(":scope > div")) return
  menu.setAttribute("role", "none")
  for (const group of menu.children) {
    group.setAttribute("role", "list")
    group.setAttribute("aria-label", group.querySelector("header p")?.textContent ?? "")
  }
}

// st.subheader makes an h3, st.title an h1. A screen reader's user may take the gap for a missing heading.
const closeGapsOfHeadings = () => {
  let last = 0
  for (const heading of document.querySelectorAll("[data-testid=stMain] :is(h1, h2, h3, h4, h5, h6)")) {
    const level = Math.min(Number(heading.tagName[1]), last + 1)
    if (heading.ariaLevel !== String(level)) heading.ariaLevel = level
    last = level
  }
}

// A wide table and long code scroll. The edge of a table shows this, and arrow keys can scroll both.
const SCROLLING = "[data-testid=stMarkdownContainer] table, [data-testid=stCode] pre"
const markScrolling = () => {
  for (const part of document.querySelectorAll(SCROLLING)) {
    const [right, below] = [part.scrollWidth - part.clientWidth, part.scrollHeight - part.clientHeight]
    part.toggleAttribute("data-more", right - part.scrollLeft > 1)
    if (Math.max(right, below) > 1) part.tabIndex = 0
    else part.removeAttribute("tabindex")
    part.onscroll = markScrolling
  }
}

// On phones the menu covers the page, and Streamlit leaves it open after a choice.
const PHONE = matchMedia("(max-width: 768px)")
document.addEventListener("click", ({ target }) => {
  if (!PHONE.matches || !target.closest?.("[data-testid=stSidebarNavLink]")) return
  document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click()
})

// Streamlit's toasts are dialogs that no screen reader reads by itself, so their sentences are announced here.
// Open pop-ups hide the rest of the page from screen readers, except elements with data-live-announcer.
const announced = new WeakSet()
const announcer = document.body.appendChild(document.createElement("div"))
announcer.className = "sequence-lab-announcer"
announcer.setAttribute("role", "status")
announcer.dataset.liveAnnouncer = "true"
const announceToasts = () => {
  for (const toast of document.querySelectorAll("[data-testid=stToastText]")) {
    if (announced.has(toast)) continue
    announced.add(toast)
    announcer.textContent = toast.textContent
  }
}

const QUIET = 100 // milliseconds: reading sizes takes time, and pages change in many steps
let isPlanned = false
export const mendStreamlit = () => {
  if (isPlanned) return
  isPlanned = true
  setTimeout(() => {
    isPlanned = false
    mendMenu()
    closeGapsOfHeadings()
    markScrolling()
    announceToasts()
  }, QUIET)
}
addEventListener("resize", mendStreamlit)
