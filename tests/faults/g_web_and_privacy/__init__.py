"""Web and privacy: hostile names, links and web pages, and text that must stay private.

Checks that names never become paths, commands or HTML, and that nothing private leaves the machine."""
