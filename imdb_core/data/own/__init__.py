"""Data sets of the user's own: labelled texts from tables, folders and archives.

| module | what it does |
|---|---|
| `limits` | the limits on bytes, rows, classes, time and memory |
| `encodings`, `separators`, `tables`, `records`, `columns` | read a table |
| `folders`, `archives`, `archive_limits` | read folders and archives of text files |
| `opening`, `samples`, `survey`, `arrangement` | go through all rows: count, drop, split |
| `writing`, `reader`, `bounded` | run this in a process of its own |
| `choices`, `proposal` | `propose()` reads a file and describes it, `add()` stores it |
| `store`, `texts`, `layout`, `parts` | the stored data sets: list, read, rename, delete, exclude a text |
| `source`, `encoded` | make a stored data set a source that runs can learn from |

Called by the command `data`, the page that adds data sets, and sources.py.
"""
