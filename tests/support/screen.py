"""What a terminal shows: reads what a program writes to it, with TERM=xterm."""

import re
import termios
import time
import unicodedata

from support.cli import SECONDS, Terminal

SEQUENCE = re.compile(
    r"\x1b\[(?P<parameters>[?>=]?[\d;]*)(?P<final>[@-~])|\x1b(?P<other>[()][0-9A-Za-z]|[=>78DEHMc])")
INCOMPLETE = re.compile(r"\x1b(\[[?>=]?[\d;]*|[()])?\Z")


class Grid:
    """Its characters, where the cursor is, and which cells are not plain."""

    def __init__(self, lines, columns):
        self.lines, self.columns = lines, columns
        self.cells = [[" "] * columns for _ in range(lines)]
        self.styles = [[""] * columns for _ in range(lines)]
        self.line = self.column = 0
        self.top, self.bottom = 0, lines  # of the region that scrolls
        self.style = ""
        self.alternate = False
        self.rest = ""

    def feed(self, text):
        text = self.rest + text
        while text:
            if text[0] == "\x1b":
                if INCOMPLETE.match(text):
                    break
                found = SEQUENCE.match(text)
                assert found, f"unknown sequence {text[:20]!r}"
                self._obey(found)
                text = text[found.end():]
            else:
                self._put(text[0])
                text = text[1:]
        self.rest = text

    def _put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self._feed_line()
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character == "\x07" or character == "\x0f":
            pass
        elif unicodedata.combining(character):
            self.cells[self.line][self.column - 1] += character
        else:
            assert character.isprintable(), f"control character {character!r}"
            wide = unicodedata.east_asian_width(character) in "WF"
            self._set(character)
            if wide:
                self._set("")

    def _set(self, character):
        if self.column == self.columns:
            self.column, self.line = 0, min(self.line + 1, self.lines - 1)
        self.cells[self.line][self.column] = character
        self.styles[self.line][self.column] = self.style
        self.column += 1

    def _erase(self, line, first, end):
        for column in range(first, min(end, self.columns)):
            self.cells[line][column] = " "
            self.styles[line][column] = self.style if "4" in self.style else ""

    def _scroll(self, first, lines):
        """Moves the region from `first` on: up, or down if `lines` is negative."""
        for rows, blank in ((self.cells, " "), (self.styles, "")):
            region = rows[first:self.bottom]
            new = [[blank] * self.columns for _ in range(abs(lines))]
            region = region[lines:] + new if lines > 0 else new + region[:lines]
            rows[first:self.bottom] = region

    def _feed_line(self):
        if self.line == self.bottom - 1:
            self._scroll(self.top, 1)
        else:
            self.line = min(self.line + 1, self.lines - 1)

    def _obey(self, found):
        final = found["final"]
        if final is None:
            if found["other"] == "M" and self.line == self.top:
                self._scroll(self.top, -1)
            return
        parameters = found["parameters"]
        if parameters.startswith(("?", ">", "=")):
            if "1049" in parameters:
                self.alternate = final == "h"
            return
        numbers = [int(each) if each else 0 for each in parameters.split(";")]
        first = max(1, numbers[0])
        if final in "Hf":
            self.line = min(first, self.lines) - 1
            self.column = min(max(1, numbers[1] if len(numbers) > 1 else 1), self.columns) - 1
        elif final == "A":
            self.line = max(0, self.line - first)
        elif final == "B":
            self.line = min(self.lines - 1, self.line + first)
        elif final == "C":
            self.column = min(self.columns - 1, self.column + first)
        elif final == "D":
            self.column = max(0, self.column - first)
        elif final == "G":
            self.column = min(first, self.columns) - 1
        elif final == "d":
            self.line = min(first, self.lines) - 1
        elif final == "J":
            self._erase(self.line, self.column if numbers[0] == 0 else 0, self.columns)
            for line in range(self.line + 1 if numbers[0] == 0 else 0, self.lines):
                self._erase(line, 0, self.columns)
        elif final == "K":
            if numbers[0] == 0:
                self._erase(self.line, self.column, self.columns)
            else:
                self._erase(self.line, 0, self.column + 1 if numbers[0] == 1 else self.columns)
        elif final == "X":
            self._erase(self.line, self.column, self.column + first)
        elif final == "b":
            character = self.cells[self.line][self.column - 1]
            for _ in range(first):
                self._set(character)
        elif final == "P":
            for row, blank in ((self.cells, " "), (self.styles, "")):
                del row[self.line][self.column:self.column + first]
                row[self.line] += [blank] * (self.columns - len(row[self.line]))
        elif final == "@":
            for row, blank in ((self.cells, " "), (self.styles, "")):
                row[self.line][self.column:self.column] = [blank] * first
                del row[self.line][self.columns:]
        elif final == "S":
            self._scroll(self.top, first)
        elif final == "T":
            self._scroll(self.top, -first)
        elif final == "M":
            self._scroll(self.line, first)
        elif final == "L":
            self._scroll(self.line, -first)
        elif final == "r":
            self.top, self.bottom = first - 1, (numbers + [self.lines])[1] or self.lines
            self.line = self.column = 0
        elif final == "m":
            self.style = "" if parameters in ("", "0") else f"{self.style};{parameters}".strip(";")
            if parameters.startswith(("0;", ";")):
                self.style = parameters.partition(";")[2]
        else:
            assert final in "hlntc", f"unknown sequence {found[0]!r}"

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.cells)


class Screen(Terminal):
    """A program that uses the full screen."""

    def __init__(self, address, *words, home, lines=24, columns=80, **options):
        super().__init__(address, *words, home=home, columns=columns, lines=lines, **options)
        self.grid = Grid(lines, columns)
        self.raw = ""

    def resize(self, lines, columns):
        old, self.grid = self.grid, Grid(lines, columns)
        self.grid.alternate = old.alternate
        termios.tcsetwinsize(self.master, (lines, columns))

    def read(self, seconds):
        """Shows what arrives next. False: the program has closed the terminal."""
        piece = self._read(time.monotonic() + seconds)
        self.raw += self.output
        self.grid.feed(self.output)
        self.output = ""
        return piece != b""

    def wait_until(self, holds, seconds=SECONDS):
        """Waits until holds(text of the screen), and returns its value."""
        deadline = time.monotonic() + seconds
        while not (value := holds(self.grid.text())):
            assert time.monotonic() < deadline, f"still:\n{self.grid.text()}"
            assert self.read(1) or holds(self.grid.text()), f"closed:\n{self.raw[-2000:]!r}"
        return value

    def shows(self, pattern, seconds=SECONDS):
        """Waits until a line matches, and returns it."""
        def matching(text):
            return next((line for line in text.split("\n") if re.search(pattern, line)), None)
        return self.wait_until(matching, seconds)

    def end(self):
        """Reads until the program has closed the terminal, and returns its exit status."""
        deadline = time.monotonic() + SECONDS
        while self.read(1):
            assert time.monotonic() < deadline, f"still running:\n{self.grid.text()}"
        return self.process.wait(SECONDS)
