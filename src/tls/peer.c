#include "tls/peer.h"

#include <string.h>

#include "tls/openssl.h"

static void set_name(struct tls_peer *peer, const void *bytes, size_t len)
{
    if (len > TLS_NAME_MAX - 1)
        len = TLS_NAME_MAX - 1;
    memcpy(peer->name, bytes, len);
    peer->name[len] = '\0';
    for (size_t i = 0; i < len; i++)
        if (peer->name[i] <= ' ' || peer->name[i] > '~' || peer->name[i] == '"')
            peer->name[i] = '?';
}

void tls_peer_name_by_secret(struct tls_peer *peer, const struct secret *secret)
{
    set_name(peer, secret->name, secret->name_len);
}

static void set_asn1(struct tls_peer *peer, const ASN1_STRING *text)
{
    set_name(peer, ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text));
}

static bool name_by_dns(struct tls_peer *peer, const X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool is_found = false;

    for (int i = 0; !is_found && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        is_found = name->type == GEN_DNS;
        if (is_found)
            set_asn1(peer, name->d.dNSName);
    }
    GENERAL_NAMES_free(names);
    return is_found;
}

void tls_peer_name_by_certificate(struct tls_peer *peer, const struct x509_st *certificate)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID((X509_NAME *)(uintptr_t)subject, NID_commonName, -1);

    if (!name_by_dns(peer, certificate) && at >= 0)
        set_asn1(peer, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}
