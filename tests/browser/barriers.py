"""What axe-core finds on a page: barriers for people with a screen reader, a keyboard, or weak sight.

axe-core comes with the package axe-playwright-python. Its script is run by the browser's debugger, so the
page's content policy stays as it is. The known findings are those in Streamlit's own elements that no style
sheet and no script of this app can mend.
"""

from dataclasses import dataclass

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# axe-core does not look at the size of targets by itself: at least 24 by 24 pixels (WCAG 2.2, 2.5.8).
RULES = {"target-size": {"enabled": True}}


@dataclass(frozen=True)
class Known:
    """An accepted finding: axe-core's rule, a part of the element's selector or HTML, and the reason."""

    rule: str
    part: str
    reason: str

    def covers(self, rule: str, element: str) -> bool:
        return rule == self.rule and self.part in element


KNOWN: tuple[Known, ...] = ()


def barriers(page: Page, *only: str) -> list[tuple[str, str]]:
    """(rule, element and what is wrong with it) of each finding on the page as it is now.

    With `only`, these rules are checked, which takes a fraction of the time.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"]} | ({"runOnly": [*only]} if only else {"rules": RULES})
    violations = page.evaluate("options => axe.run(options)", options)["violations"]
    return [(each["id"], _described(node)) for each in violations for node in each["nodes"]]


def unknown(findings: list[tuple[str, str]]) -> list[str]:
    """The findings that no entry of KNOWN covers, each in one line."""
    return [
        f"{rule}: {element}"
        for rule, element in findings
        if not any(known.covers(rule, element) for known in KNOWN)
    ]


def _described(node: dict) -> str:
    checks = node["any"] + node["all"] + node["none"]
    said = checks[0]["message"] if checks else ""
    return f"{node['html'][:200]} in {str(node['target'])[-160:]}: {said[:200]}"
