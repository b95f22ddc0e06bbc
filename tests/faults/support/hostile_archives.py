"""Archives of texts that are built to harm: zip bombs, paths that lead out, links and lies. For row F4d."""

import gzip
import io
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Iterator

TABLE = "text,label\n" + "".join(f"text {number},{'ab'[number % 2]}\n" for number in range(20))
TEXTS = {f"{label}/{number}.txt": f"text {number} of {label}" for label in "ab" for number in range(9)}
BOMB_BYTES = 80 * 2**20  # more than limits.RATIO_FROM
MOST_ENTRIES = 5_000  # instead of limits.MOST_ENTRIES, because writing so many takes long


def honest() -> Iterator[tuple[str, bytes]]:
    """Archives that are accepted, with 20 or 18 texts."""
    yield "table.zip", zipped({"folder/reviews.csv": TABLE})
    yield "texts.zip", zipped(TEXTS)
    yield "texts.tar.gz", tarred(TEXTS)
    yield "texts.tar", tarred(TEXTS, "w")
    yield "table.csv.gz", gzip.compress(TABLE.encode())


def hostile() -> Iterator[tuple[str, bytes, str]]:
    """(file name, content, a part of the refusal)."""
    yield from _bombs()
    for number, path in enumerate(
        ("../outside.csv", "/tmp/outside.csv", "a/../../x.csv", "C:\\x.csv", "..\\x.csv")
    ):
        yield f"slip{number}.zip", zipped({path: TABLE}), "leads out"
        yield f"slip{number}.tar.gz", tarred({path: TABLE}), "leads out"
    yield "link.zip", zipped({_zip_link(): "/etc/passwd"} | TEXTS), "is a link"
    for kind, word in ((tarfile.SYMTYPE, "link"), (tarfile.LNKTYPE, "link"), (tarfile.CHRTYPE, "device")):
        yield f"{word}.tar", tarred(TEXTS, "w", odd=kind), f"is a {word}"
    yield "pipe.tar.gz", tarred(TEXTS, odd=tarfile.FIFOTYPE), "is a device"
    yield "twice.zip", _twice(), "is in it twice"
    yield "twice.tar", tarred(TEXTS, "w")[:-10240] + tarred({"a/0.txt": "x"}, "w"), "is in it twice"
    yield "encrypted.zip", _encrypted(), "is encrypted"
    yield "lying.zip", _lying(), "lies about its size"
    yield "damaged.zip", zipped(TEXTS).replace(b"a/1", b"a/2", 1), "damaged"
    yield "cut.tar.gz", tarred(TEXTS)[:-40], "damaged"
    yield "cut.zip", zipped(TEXTS)[:-40], "damaged"
    yield "no-texts.zip", zipped({"picture.png": "x"}), "neither a table nor text files"
    yield "two-tables.zip", zipped({"a.csv": TABLE, "b.csv": TABLE}), "holds 2 tables"


def _bombs() -> Iterator[tuple[str, bytes, str]]:
    zeros = "0" * BOMB_BYTES
    yield "bomb.zip", zipped({"reviews.csv": zeros}), "unpacks to more"
    yield (
        "bomb-of-texts.zip",
        zipped({f"{label}/{n}.txt": zeros[: 2**22] for label in "ab" for n in range(20)}),
        "unpacks",
    )
    yield "bomb.csv.gz", gzip.compress(zeros.encode(), 1), "unpacks to more"
    yield "bomb.tar.gz", tarred({"reviews.csv": zeros}), "unpacks to more"
    del zeros
    yield (
        "entries.zip",
        zipped({f"a/{number}.txt": "" for number in range(MOST_ENTRIES + 1)}, zipfile.ZIP_STORED),
        "entries",
    )
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, BOMB_BYTES
    yield "long-name.tar.gz", gzip.compress(name.tobuf() + bytes(BOMB_BYTES), 1), "unpacks to more"
    size = tarfile.TarInfo("reviews.csv")
    size.size = 2**40
    yield "size.tar.gz", gzip.compress(size.tobuf(tarfile.GNU_FORMAT) + TABLE.encode()), "unpacks to more"


def zipped(members: dict, compression=zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(members: dict, mode: str = "w:gz", odd: bytes | None = None) -> bytes:
    """A tar archive; with `odd`, one more entry of this type."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
        if odd:
            entry = tarfile.TarInfo("a/odd.txt")
            entry.type, entry.linkname = odd, "/etc/passwd"
            archive.addfile(entry)
    return stream.getvalue()


def _zip_link() -> zipfile.ZipInfo:
    link = zipfile.ZipInfo("a/link.txt")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    return link


def _twice() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings(action="ignore"):
        for name in [*TEXTS, "a/0.txt"]:
            archive.writestr(name, name)
    return stream.getvalue()


def _encrypted() -> bytes:
    """Entries whose flags say that they are encrypted."""
    content = bytearray(zipped({"reviews.csv": TABLE}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _lying() -> bytes:
    """An entry with a header that states 3 GiB."""
    content = zipped({"reviews.csv": TABLE}, zipfile.ZIP_STORED)
    return content.replace(
        struct.pack("<2L", len(TABLE), len(TABLE)), struct.pack("<2L", len(TABLE), 3 * 2**30)
    )
