"""Why a file was not taken, for the one who sent it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from genai.errors import DataError

Reason = Literal[
    "format",
    "extension",
    "bytes",
    "pixels",
    "damaged",
    "disguised",
    "path",
    "link",
    "locked",
    "copy",
    "moderated",
]
WHAT: dict[Reason, str] = {
    "format": "no PNG, JPEG, GIF, WebP or BMP",
    "extension": "named as another format than it has",
    "bytes": "too large a file, or none at all",
    "pixels": "too many or too few pixels",
    "damaged": "cut off or damaged",
    "disguised": "something else as well: an archive, a document, a script",
    "path": "a path that leads out of its archive",
    "link": "a link or a device, not a file",
    "locked": "encrypted, or packed in a way that is not read",
    "copy": "the same pixels as another",
    "moderated": "found unfit by the moderation model",
}
EXAMPLES = 3
LONGEST_NAME = 100


class Refused(DataError):
    """One file that is not taken; its reason is for counting, its message for reading."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


@dataclass(frozen=True)
class Refusal:
    name: str
    reason: Reason
    detail: str


@dataclass
class ReadReport:
    """What became of each file of a folder or archive."""

    n_read: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, name: str, error: Refused) -> None:
        self.refused.append(Refusal(printable(name), error.reason, str(error)))

    def text(self) -> str:
        """A line of how many were read, then one per reason with some of the names."""
        lines = [f"{self.n_read} images read, {len(self.refused)} files refused"]
        for reason, count in Counter(each.reason for each in self.refused).most_common():
            named = [each for each in self.refused if each.reason == reason][:EXAMPLES]
            told = "; ".join(f"{each.name} ({each.detail})" for each in named)
            more = f" and {count - len(named)} more" if count > len(named) else ""
            lines.append(f"  {count} {WHAT[reason]}: {told}{more}")
        return "\n".join(lines)


class NothingLeft(DataError):
    """Of a folder or archive no image can be used; the report says why of each file."""

    def __init__(self, message: str, report: ReadReport) -> None:
        super().__init__(message)
        self.report = report


def printable(name: str) -> str:
    """A name that no terminal and no file chokes on."""
    text = "".join(letter if letter.isprintable() else "?" for letter in name)
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"
