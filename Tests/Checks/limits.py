#!/usr/bin/env python3
"""Holds Sources against the limits of the house style: files <= 400 lines, functions <= 40,
lines <= 100 columns, no `try!`, no `as!`.

A comment that begins `// limits:` and says why lets one exceed: within the first 5 lines of a file for the
file; on the line above a function, or the line below its first, for that function.
"""
import pathlib, re, sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE_LINES, FUNCTION_LINES, COLUMNS = 400, 40, 100
EXCUSE = re.compile(r"//\s*limits:\s*\S")
SKIPPED = re.compile(r'//[^\n]*|/\*|#*"')
WORD = re.compile(r"\b(?:func|init|deinit|subscript)\b|[{}()]")
FORBIDDEN = re.compile(r"\b(?:try|as)!")


def code(text):
    """The text with its comments and string literals blanked; every line keeps its number."""
    parts, at = [], 0
    while match := SKIPPED.search(text, at):
        opening, start = match.group(), match.start()
        if opening == "/*":
            end = text.find("*/", start) + 2 if "*/" in text[start:] else len(text)
        else:
            end = match.end() if opening.startswith("//") else end_of_string(text, start)
        parts += [text[at:start], "\n" * text.count("\n", start, end)]
        at = end
    return "".join(parts) + text[at:]


def end_of_string(text, start):
    """Where the string literal that starts at `start` ends: plain, raw or of several lines."""
    hashes = re.compile("#*").match(text, start).group()
    quotes = '"""' if text.startswith('"""', start + len(hashes)) else '"'
    at = start + len(hashes) + len(quotes)
    while at < len(text) and not text.startswith(quotes + hashes, at):
        if text.startswith("\\" + hashes + "(", at):
            at = end_of_interpolation(text, at + len(hashes) + 2)
        else:
            at += 2 + len(hashes) if text.startswith("\\" + hashes, at) else 1
    return at + len(quotes + hashes)


def end_of_interpolation(text, at):
    depth = 1
    while depth and (match := re.compile(r'#*"|[()]').search(text, at)):
        word, at = match.group(), match.end()
        if word.endswith('"'):
            at = end_of_string(text, match.start())
        else:
            depth += 1 if word == "(" else -1
    return at


def functions(text):
    """(line of the keyword, lines between its braces) of each function that has a body."""
    waiting, depth, parentheses, bodies = None, 0, 0, []
    for match in WORD.finditer(text):
        word, line = match.group(), text.count("\n", 0, match.start()) + 1
        if word in "()":
            parentheses += 1 if word == "(" else -1
        elif word == "{":
            if waiting and not parentheses:
                bodies.append((depth, waiting, line))
                waiting = None
            depth += 1
        elif word == "}":
            depth -= 1
            waiting = None if not parentheses else waiting  # a requirement of a protocol has no body
            if bodies and bodies[-1][0] == depth:
                _, keyword, opened = bodies.pop()
                yield keyword, line - opened - 1
        elif not parentheses and text[max(0, match.start() - 1)] != ".":
            waiting = line


def faults(path):
    text = path.read_text()
    lines, bare = text.splitlines(), code(text)

    def excused(*numbers):
        return any(EXCUSE.search(lines[number]) for number in numbers if 0 <= number < len(lines))

    if len(lines) > FILE_LINES and not excused(*range(5)):
        yield 1, f"{len(lines)} lines, at most {FILE_LINES}"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield number, f"{len(line)} columns, at most {COLUMNS}"
    for line, length in functions(bare):
        if length > FUNCTION_LINES and not excused(line - 2, line):
            yield line, f"a function of {length} lines, at most {FUNCTION_LINES}"
    for match in FORBIDDEN.finditer(bare):
        yield bare.count("\n", 0, match.start()) + 1, f"{match.group()} traps"


def main():
    # What a generator writes is held to the generator's own taste.
    files = sorted(p for p in (ROOT / "Sources").rglob("*.swift") if p.parent.name != "Generated")
    found = [f"{path.relative_to(ROOT)}:{line}: {why}" for path in files for line, why in faults(path)]
    print("".join(line + "\n" for line in found), end="")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
