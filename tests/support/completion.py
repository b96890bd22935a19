"""What bash and zsh offer as completions, with the files of completions/."""

import contextlib
import os
import pty
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "completions"

BASH = r"""
source "$1"
found=$(complete -p "$2") || exit
[[ $found =~ -F\ ([^ ]+) ]]
compopt() { :; }
COMP_WORDS=("${@:2}")
COMP_CWORD=$(($# - 2))
"${BASH_REMATCH[1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""

# The line editor starts, completes $LINE, and exits. All of zsh's completion offers its words
# through compadd; with -A, -O or -D compadd only fills arrays.
ZSH = r"""
fpath=($FOLDER $fpath)
autoload -Uz compinit
compinit -u -d $ZDOTDIR/dump
unsetopt auto_list
compadd() {
    local -a __offered
    if (( ! ${@[(I)-[AOD]]} )); then
        builtin compadd -O __offered "$@"
        print -rl -- $__offered >&$ANSWER
    fi
    builtin compadd "$@"
}
zle-line-init() {
    BUFFER=$LINE CURSOR=$#LINE
    zle complete-word
    exit
}
zle -N zle-line-init
"""


def bash_offers(*words):
    """The completions of the last word, which may be empty or incomplete."""
    done = subprocess.run(["bash", "--norc", "-u", "-c", BASH, "bash", FOLDER / "bash" / words[0],
                           *words], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    return set(done.stdout.split("\n")) - {""}


def zsh_offers(directory, *words):
    """The same in zsh, which reads its start-up file from the directory; the caller removes it."""
    (directory / ".zshrc").write_text(ZSH)
    answer, ours = os.pipe()
    controller, terminal = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "TERM": "dumb", "ZDOTDIR": str(directory),
                   "FOLDER": str(FOLDER / "zsh"), "ANSWER": str(ours), "LINE": " ".join(words)}
    with contextlib.closing(os.fdopen(answer)) as lines:
        process = subprocess.Popen(["zsh", "-d", "-i"], stdin=terminal, stdout=terminal,
                                   stderr=terminal, pass_fds=[ours], env=environment,
                                   start_new_session=True)
        os.close(ours)
        os.close(terminal)
        found = set(lines.read().split("\n")) - {""}
        process.wait(30)
    os.close(controller)
    return found
