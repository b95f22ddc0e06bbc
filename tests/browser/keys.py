"""Moving through a page by keyboard alone, and what the focused element looks like."""

from playwright.sync_api import Page

MOST_STOPS = 150  # of a page
# The focused element, also inside components: its name, whether it is in the main part, what is wrong with
# it. After the last element no element has the focus: an empty name.
FOCUSED = """() => {
  let element = document.activeElement
  if (element === document.body) return { name: "", main: false, fault: "" }
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  const label = element.labels?.[0] ?? element
  const name = element.ariaLabel ?? (label.innerText || element.title)
  const place = [element, label].map((each) => each.getBoundingClientRect())
  const seen = place.some(({ width, height, top, bottom }) =>
    width > 1 && height > 1 && bottom > 0 && top < innerHeight)
  const styles = [element, ...label.querySelectorAll("*"), label].map((each) => getComputedStyle(each))
  const marked = styles.some(({ outlineStyle, boxShadow }) => outlineStyle !== "none" || boxShadow !== "none")
  const host = element.getRootNode().host ?? element
  const main = host.closest("[data-testid=stMain]") !== null
  const fault = seen ? (marked ? "" : "not marked") : "not in view"
  return { name: (name ?? "").trim(), main, fault: fault && `${fault}: ${element.outerHTML.slice(0, 200)}` }
}"""


def focused(page: Page) -> dict:
    """The focused element; fails if it is out of view or looks as if it were not focused."""
    element = page.evaluate(FOCUSED)
    if element["fault"]:  # an element may still scroll into view, or be drawn anew
        page.wait_for_timeout(500)
        element = page.evaluate(FOCUSED)
    assert not element["fault"], element["fault"]
    return element


def tab_to(page: Page, name: str, *, main: bool = True, key: str = "Tab") -> None:
    """Press the Tab key, or `key`, until the element of this name has the focus.

    `main` says whether it is in the page's main part, or in the menu.
    """
    passed = []
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        element = focused(page)
        if element["name"].split("\n")[-1] == name and element["main"] == main:  # after its icon
            return
        passed.append(element["name"][:40])
    raise AssertionError(f"{name!r} is not among the stops {passed}")
