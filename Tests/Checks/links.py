#!/usr/bin/env python3
"""Fails on a relative link in a Markdown file of the repository that leads nowhere: to no file, or no heading."""
import pathlib, re, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
HIDDEN = {".build", ".git", ".venv", "work"}


def anchors(path):
    """The names that the headings of a file get: lowercase, punctuation dropped, spaces to hyphens."""
    headings = re.findall(r"^#+\s+(.+?)\s*$", prose(path), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def prose(path):
    """The text without its code, in which nothing is a link."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S))


def broken(path):
    for target in LINK.findall(prose(path)):
        name, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", name):
            continue
        other = (path.parent / name).resolve() if name else path
        if not other.exists():
            yield f"{target}: no such file"
        elif anchor and other.suffix == ".md" and anchor not in anchors(other):
            yield f"{target}: no such heading"


def main():
    files = [path for path in ROOT.rglob("*.md") if not HIDDEN & set(path.relative_to(ROOT).parts)]
    found = [f"{path.relative_to(ROOT)}: {why}" for path in sorted(files) for why in broken(path)]
    print("".join(line + "\n" for line in found), end="")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
