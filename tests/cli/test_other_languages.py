"""The shared libraries used from another language, Python with ctypes: the functions that the
headers declare can be called by their symbols."""

import os
import re
import subprocess
import sys

import pytest

from support.library import INCLUDE, build_folder, sanitizer_library


def call(library, script, *arguments):
    """The output of a Python script that has loaded the library as `library`. A sanitizer's library
    must be the first that the process loads."""
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
    if sanitizer_library():
        environment["LD_PRELOAD"] = sanitizer_library()
    script = f"import ctypes, sys\nlibrary = ctypes.CDLL(sys.argv[1])\n{script}"
    done = subprocess.run([sys.executable, "-c", script, build_folder() / library,
                           *map(str, arguments)],
                          env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("library", ["libtcpstore.so", "libtcpstore-client.so"])
def test_the_version_at_run_time_equals_that_of_the_headers(library):
    header = (INCLUDE / "tcpstore" / "version.h").read_text()
    expected = re.search(r'TCPSTORE_VERSION "(.*)"', header)[1]
    assert ".".join(re.findall(r"TCPSTORE_VERSION_\w+ (\d+)", header)) == expected
    assert call(library, "library.tcpstore_version.restype = ctypes.c_char_p\n"
                         "print(library.tcpstore_version().decode())") == expected


# A set and a get, with the names of the header.
SET_AND_GET = """
class Span(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_void_p), ("size", ctypes.c_size_t)]

class Options(ctypes.Structure):
    _fields_ = [("host", ctypes.c_char_p), ("port", ctypes.c_uint16),
                ("secret_file", ctypes.c_char_p), ("tls_cert", ctypes.c_char_p),
                ("tls_key", ctypes.c_char_p), ("tls_ca", ctypes.c_char_p),
                ("connect_timeout_ms", ctypes.c_int32), ("keep_trying", ctypes.c_void_p),
                ("keep_trying_context", ctypes.c_void_p), ("timeout_ms", ctypes.c_int32),
                ("key_prefix", ctypes.c_char_p), ("answer_bytes_max", ctypes.c_size_t),
                ("cancel_fd", ctypes.c_int)]

library.tcpstore_text.restype = library.tcpstore_bytes.restype = Span
options, client, value = Options(), ctypes.c_void_p(), Span()
library.tcpstore_client_options_init(ctypes.byref(options))
options.port = int(sys.argv[2])
assert not library.tcpstore_client_connect(ctypes.byref(options), None, ctypes.byref(client))
key = library.tcpstore_text(b"key")
assert not library.tcpstore_set(client, key, library.tcpstore_bytes(b"value", 5), None)
assert not library.tcpstore_get(client, key, -1, None, ctypes.byref(value))
print(ctypes.string_at(value.bytes, value.size).decode())
library.tcpstore_value_free(ctypes.byref(value))
library.tcpstore_client_free(client)
"""


def test_a_key_set_from_python_can_be_read(fresh_server):
    port = fresh_server.address[1]
    assert call("libtcpstore-client.so", SET_AND_GET, port) == "value"
