/* What to do about a link that a relay does not have. */
#ifndef UPLINK_REMEDY_H
#define UPLINK_REMEDY_H

enum remedy {
    REMEDY_REACH, /* nothing answers there */
    REMEDY_NAME,
    REMEDY_PORT,
    REMEDY_LIMIT, /* of this process */
    REMEDY_CREDENTIALS,
    REMEDY_NO_CREDENTIALS, /* here */
    REMEDY_REFUSED,
    REMEDY_VERSION,
    REMEDY_FORGOTTEN,
    REMEDY_WITHOUT_STORE,
    REMEDY_CIRCLE,
};

/* For operators: a static string. */
const char *remedy_text(enum remedy remedy);

#endif
