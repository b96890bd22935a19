/* Random numbers for jitter and nonces, not for secrets. */
#ifndef CLIENT_RANDOM_H
#define CLIENT_RANDOM_H

#include <stdint.h>

uint32_t random_word(void);

#endif
