// Keeps pages that the browser translates up to date, and marks what must not be translated. mendStreamlit is in
// accessibility.js.

// A browser's translator replaces text nodes with <font> elements, but React still holds the old text nodes.
// React would change text that is no longer shown, and fail to remove it
// (https://github.com/facebook/react/issues/11538). So when React changes a replaced text node, the node takes
// the place of its <font>, and is translated again. When React removes a replaced text node, or inserts a node
// before it, the <font> stands in for the text node.
const fonts = new WeakMap() // text node -> the <font> in its place
const knownFonts = new WeakSet() // the <font>s that are values of `fonts`
const inPlaceOf = (node, parent) => {
  const font = node && node.parentNode !== parent ? fonts.get(node) : null
  return font?.parentNode === parent ? font : node
}
const { removeChild, insertBefore } = Node.prototype
Node.prototype.removeChild = function (child) {
  removeChild.call(this, inPlaceOf(child, this))
  return child
}
Node.prototype.insertBefore = function (node, next) {
  return insertBefore.call(this, node, inPlaceOf(next, this))
}
const isNewFont = (node) => node?.nodeName === "FONT" && !knownFonts.has(node)
const changes = new MutationObserver((records) => {
  for (const { type, target, removedNodes, addedNodes, previousSibling, nextSibling } of records) {
    if (type === "characterData" && fonts.get(target)?.isConnected) fonts.get(target).replaceWith(target)
    for (const node of removedNodes) {
      const font = [...addedNodes, previousSibling, nextSibling].find(isNewFont)
      if (node.nodeType !== Node.TEXT_NODE || !font) continue
      fonts.set(node, font)
      knownFonts.add(font)
      changes.observe(node, { characterData: true })
    }
  }
  markVerbatim()
  mendStreamlit()
})

// Texts and names that the user wrote, and code: they must not be translated.
const VERBATIM = ["[data-testid=stText]", "[data-testid=stCode]", "[class*=st-key-verbatim]"]
const UNMARKED = VERBATIM.map((element) => `${element}:not([translate])`).join()
const markVerbatim = () => {
  for (const element of document.querySelectorAll(UNMARKED)) element.setAttribute("translate", "no")
}

// Streamlit adds more to the browser's history than pages that somebody has opened, so Back would do nothing, or lead to
// a wrong address. When a script switches to another page with a query, the page that is left is added with the new
// query, and then the new page. And a page that puts its default choice into its address is added twice. In both cases
// the new entry takes the place of the last one, unless the user has acted since.
const { pushState } = window.history
let newQuery = null // that the page has just put into its own address
let isUntouched = true // since the page was opened
// After two quick presses of Back, the server's answer to the first press comes late. It would add a page that the second
// press has already left.
let page = window.location.pathname
const leftPages = new Set() // by Back and Forward, since the last click
window.history.pushState = function (state, unused, address) {
  const next = new URL(address, window.location.href)
  if (leftPages.has(next.pathname)) return
  const isSamePage = next.pathname === window.location.pathname
  const isDefault = isSamePage && isUntouched && !window.location.search
  if (isDefault || (!isSamePage && newQuery === next.search)) this.replaceState(state, unused, address)
  else pushState.call(this, state, unused, address)
  newQuery = isSamePage ? next.search : null
  isUntouched ||= !isSamePage
  page = next.pathname
}
const noteAction = () => {
  newQuery = null
  isUntouched = false
}
for (const event of ["pointerdown", "keydown", "popstate"]) window.addEventListener(event, noteAction, true)
window.addEventListener("click", () => leftPages.clear(), true) // Enter on a link is a click, too
window.addEventListener("popstate", () => {
  leftPages.add(page)
  page = window.location.pathname
  leftPages.delete(page)
})

changes.observe(document.body, { childList: true, subtree: true })
markVerbatim()
mendStreamlit()
document.body.dataset.textsFollowed = "yes" // a translation from now on is noticed, an earlier one is not

export default function () {}
