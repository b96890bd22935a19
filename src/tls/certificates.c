#include "tls/certificates.h"

#include "base/error.h"
#include "tls/file.h"
#include "tls/openssl.h"

/* A file in PEM. */
struct pem {
    const char *what;
    const char *path;
    struct span text;
    BIO *bio;
};

static int open_pem(struct pem *pem, bool is_private, struct tcpstore_error *error)
{
    int code = tls_file_read(pem->what, pem->path, is_private, &pem->text, error);

    if (code)
        return code;
    pem->bio = BIO_new_mem_buf(pem->text.bytes, (int)pem->text.len);
    if (pem->bio != NULL)
        return 0;
    tls_file_free(pem->text);
    return error_set(error, TCPSTORE_ENOMEM, "out of memory for %s %s", pem->what, pem->path);
}

static void close_pem(const struct pem *pem)
{
    BIO_free(pem->bio);
    tls_file_free(pem->text);
}

static int refuse(const struct pem *pem, const char *why, struct tcpstore_error *error)
{
    return error_set(error, TCPSTORE_EINVAL, "%s %s: %s", pem->what, pem->path, why);
}

/* The loop's thread cannot ask anybody. */
static int no_passphrase(char *text, int size, int writes, void *context)
{
    (void)text;
    (void)size;
    (void)writes;
    *(bool *)context = true;
    return -1;
}

/* The next one. NULL: there is none. */
static X509 *read_certificate(const struct pem *pem)
{
    bool is_encrypted = false;

    return PEM_read_bio_X509(pem->bio, NULL, no_passphrase, &is_encrypted);
}

/* Whether the last error is that there are no more; any other is that one is malformed. */
static bool is_at_end(void)
{
    unsigned long error = ERR_peek_last_error();

    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static int add_chain(SSL_CTX *ssl, const struct pem *pem, struct tcpstore_error *error)
{
    X509 *certificate = read_certificate(pem);

    if (certificate == NULL || SSL_CTX_use_certificate(ssl, certificate) != 1) {
        X509_free(certificate);
        return refuse(pem, "its first certificate is none in PEM that can be used", error);
    }
    X509_free(certificate);
    while ((certificate = read_certificate(pem)) != NULL) {
        if (SSL_CTX_add0_chain_cert(ssl, certificate) != 1) {
            X509_free(certificate);
            return refuse(pem, "one of its certificates cannot be used", error);
        }
    }
    return is_at_end() ? 0 : refuse(pem, "one of its certificates is malformed", error);
}

static int add_key(SSL_CTX *ssl, const struct pem *pem, struct tcpstore_error *error)
{
    bool is_encrypted = false;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(pem->bio, NULL, no_passphrase, &is_encrypted);
    int is_used;

    if (is_encrypted)
        return refuse(
            pem, "it needs a passphrase; remove that, and keep the file private", error);
    if (key == NULL)
        return refuse(pem, "it is no private key in PEM", error);
    is_used = SSL_CTX_use_PrivateKey(ssl, key);
    EVP_PKEY_free(key);
    is_used = is_used == 1 && SSL_CTX_check_private_key(ssl) == 1;
    return is_used ? 0 : refuse(pem, "it is not the key of the certificate", error);
}

static int add_authorities(SSL_CTX *ssl, const struct pem *pem, struct tcpstore_error *error)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ssl);
    X509 *certificate;
    size_t count = 0;

    while ((certificate = read_certificate(pem)) != NULL) {
        bool is_added = X509_STORE_add_cert(store, certificate) == 1 &&
                        SSL_CTX_add_client_CA(ssl, certificate) == 1;

        X509_free(certificate);
        if (!is_added)
            return refuse(pem, "one of its certificates cannot be used", error);
        count++;
    }
    if (!is_at_end())
        return refuse(pem, "one of its certificates is malformed", error);
    return count > 0 ? 0 : refuse(pem, "there is no certificate in PEM in it", error);
}

static int use(
    SSL_CTX *ssl, struct pem pem, bool is_private,
    int (*add)(SSL_CTX *ssl, const struct pem *pem, struct tcpstore_error *error),
    struct tcpstore_error *error)
{
    int code = open_pem(&pem, is_private, error);

    if (code)
        return code;
    ERR_clear_error();
    code = add(ssl, &pem, error);
    close_pem(&pem);
    return code;
}

int certificates_use(SSL_CTX *ssl, const struct tls_files *files, struct tcpstore_error *error)
{
    const struct pem certificate = {.what = "tls-cert", .path = files->certificate};
    const struct pem key = {.what = "tls-key", .path = files->key};
    const struct pem authorities = {.what = "tls-ca", .path = files->authorities};
    int code = use(ssl, certificate, false, add_chain, error);

    if (code == 0)
        code = use(ssl, key, true, add_key, error);
    return code ? code : use(ssl, authorities, false, add_authorities, error);
}
