"""Certificates and shared secrets for trunks, made when a test asks for them."""

import ssl
import subprocess

from support.servers import tcpstored_program


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificate:
    def __init__(self, folder, name):
        self.certificate = folder / f"{name}.crt"
        self.key = folder / f"{name}.key"


class Authority:
    """Signs certificates; all of its files are in `folder`, which exists."""

    def __init__(self, folder, name="authority"):
        self._folder = folder
        self._own = Certificate(folder, name)
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                 "-days", 2, "-subj", f"/CN={name}", "-keyout", self._own.key, "-out",
                 self._own.certificate)

    def issue(self, name, hosts=("127.0.0.1",), dns=(), days=2):
        """A certificate for the addresses `hosts` and the DNS names. 0 days: it has expired."""
        made = Certificate(self._folder, name)
        request = self._folder / f"{name}.csr"
        extensions = self._folder / f"{name}.ext"
        names = [*(f"IP:{host}" for host in hosts), *(f"DNS:{each}" for each in dns)]
        extensions.write_text(f"subjectAltName={','.join(names)}\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj",
                 f"/CN={name}", "-keyout", made.key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self._own.certificate, "-CAkey",
                 self._own.key, "-days", days, "-extfile", extensions, "-out", made.certificate)
        return made

    def flags(self, certificate):
        """For an end that has this certificate, and believes those of this authority."""
        return ("--tls-cert", certificate.certificate, "--tls-key", certificate.key,
                "--tls-ca", self._own.certificate)

    def context(self, certificate, *protocols):
        """For Python's end, which connects; it offers these names of ALPN."""
        context = ssl.create_default_context(cafile=self._own.certificate)
        context.load_cert_chain(certificate.certificate, certificate.key)
        if protocols:
            context.set_alpn_protocols(protocols)
        return context


def make_secret(path, *name):
    subprocess.run([tcpstored_program(), "keygen", path, *name], check=True, capture_output=True)
    return path


class Credentials:
    """What both ends of a trunk are started with: `kind` is plain, secret or certificates. Relays find the store at
    one of the addresses `hosts`."""

    def __init__(self, kind, folder, hosts=("127.0.0.1",)):
        folder.mkdir()
        self.flags = ()
        self.between_hosts = ("--insecure-trunk",) if kind == "plain" else ()
        self.context = None  # for an end in Python, which has no secrets
        if kind == "secret":
            self.flags = ("--secret-file", make_secret(folder / "secret"))
        elif kind == "certificates":
            authority = Authority(folder)
            self.flags = authority.flags(authority.issue("both", hosts))
            self.context = authority.context(authority.issue("python"), "tcpstore-trunk")
