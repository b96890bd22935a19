"""The libraries built with the `tcpstored` under test, and how to build a program with them."""

import platform
import re
import subprocess
from pathlib import Path

from support.servers import tcpstored_program

INCLUDE = Path(__file__).parents[2] / "include"
STANDARDS = {"c": "-std=c17", "c++": "-std=c++17"}
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")

# A program that frees an uninitialised pointer then crashes every time.
PATTERN = "-ftrivial-auto-var-init=pattern"


def build_folder():
    return tcpstored_program().parent.parent


def _setting(name):
    cache = (build_folder() / "CMakeCache.txt").read_text()
    return re.search(rf"^{name}:\w+=(.*)$", cache, re.MULTILINE)[1]


def sanitizers():
    """The value of -fsanitize= that the library is built with, or ""."""
    return _setting("TCPSTORE_SANITIZE")


def _is_clang(compiler):
    return "clang" in Path(compiler).resolve().name


def compiler_of(language):
    """The compiler for "c" or "c++" of the family that built the library: its sanitizers fit."""
    compiler = Path(_setting("CMAKE_C_COMPILER"))
    if language == "c":
        return compiler
    if _is_clang(compiler):
        return compiler.with_name(compiler.name.replace("clang", "clang++"))
    return "c++"


def sanitizer_library():
    """The sanitizer's shared library, or ""."""
    tool = {"address,undefined": "asan", "thread": "tsan", "": None}[sanitizers()]
    if tool is None:
        return ""
    compiler = compiler_of("c")
    name = f"libclang_rt.{tool}-{platform.machine()}.so" if _is_clang(compiler) else f"lib{tool}.so"
    return subprocess.run([compiler, f"-print-file-name={name}"], check=True, capture_output=True,
                          text=True).stdout.strip()


def build_program(language, source, program):
    """Compiles the text `source` and links it with libtcpstore.so."""
    sanitize = (f"-fsanitize={sanitizers()}",) if sanitizers() else ()
    built = subprocess.run(
        [compiler_of(language), "-x", language, STANDARDS[language], *WARNINGS, PATTERN, *sanitize,
         f"-I{INCLUDE}", "-", "-o", program, f"-L{build_folder()}", "-ltcpstore",
         f"-Wl,-rpath,{build_folder()}"],
        input=source, capture_output=True, text=True, timeout=100)
    assert built.returncode == 0, f"{built.stderr}\n{source}"
