/* What a table needs of its hash: all bits of the message and of the key influence it, the
 * names that jobs use spread evenly, and it reads only the message. */
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"

enum {
    LONGEST = 70, /* several rounds of 16 bytes and each kind of rest */
    TRIES = 512,
    NAMES = 1 << 16,
};

static const struct hash_key hash_key = {
    {0x8c5a0f2e9d371b64, 0x41e6b7f3d2089ca5, 0xd3917c4ae5f60b28}};

static uint64_t random_state = 88172645463325252;

static uint8_t random_byte(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint8_t)(random_state >> 32);
}

static void fill(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = random_byte();
}

/* Counts how often flipping one bit of the message flips each bit of the hash. */
static void count_flips(size_t len, size_t bit, unsigned flips[64])
{
    uint8_t message[LONGEST];

    for (int try = 0; try < TRIES; try++) {
        uint64_t changed;

        fill(message, len);
        changed = hash_bytes(&hash_key, span_of(message, len));
        message[bit / 8] ^= (uint8_t)(1 << bit % 8);
        changed ^= hash_bytes(&hash_key, span_of(message, len));
        for (int i = 0; i < 64; i++)
            flips[i] += (unsigned)(changed >> i & 1);
    }
}

/* A fair coin leaves these bounds once in 10^15 times. */
static void flipping_any_bit_of_a_message_flips_half_of_the_hash(void **state)
{
    static const size_t lengths[] = {1, 2, 3, 4, 7, 8, 15, 16, 17, 32, 33, LONGEST};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (size_t bit = 0; bit < lengths[i] * 8; bit++) {
            unsigned flips[64] = {0};

            count_flips(lengths[i], bit, flips);
            for (int j = 0; j < 64; j++)
                assert_in_range(flips[j], TRIES / 2 - 90, TRIES / 2 + 90);
        }
    }
}

static void changing_any_word_of_the_key_changes_the_hash(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LONGEST; len++) {
        uint8_t message[LONGEST] = "a message";
        uint64_t hash = hash_bytes(&hash_key, span_of(message, len));

        for (int word = 0; word < 3; word++) {
            struct hash_key other = hash_key;

            other.words[word] ^= 1;
            assert_true(hash_bytes(&other, span_of(message, len)) != hash);
        }
    }
}

static void messages_of_other_lengths_have_other_hashes(void **state)
{
    static const uint8_t zeros[LONGEST];

    (void)state;
    for (size_t a = 0; a <= LONGEST; a++) {
        for (size_t b = 0; b < a; b++)
            assert_true(
                hash_bytes(&hash_key, span_of(zeros, a)) !=
                hash_bytes(&hash_key, span_of(zeros, b)));
    }
}

/* As many names as buckets: with a random function the fullest has about 7 or 8. */
static void numbered_names_spread_evenly_over_buckets(void **state)
{
    static const char *const formats[] = {
        "/rank_%d", "/default_pg/0//cpu//0/%d", "/%016d/address", "%d"};

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        uint8_t *buckets = calloc(NAMES, 1);
        unsigned fullest = 0;

        assert_non_null(buckets);
        for (int number = 0; number < NAMES; number++) {
            char name[64];
            size_t bucket;

            snprintf(name, sizeof(name), formats[i], number);
            bucket = hash_bytes(&hash_key, text(name)) % NAMES;
            if (++buckets[bucket] > fullest)
                fullest = buckets[bucket];
        }
        free(buckets);
        assert_in_range(fullest, 2, 14);
    }
}

/* Each length has its own block, so that the sanitizers see any access outside it. */
static void hashing_reads_only_the_message(void **state)
{
    (void)state;
    for (size_t len = 1; len <= LONGEST; len++) {
        uint8_t *message = malloc(len);

        assert_non_null(message);
        fill(message, len);
        assert_true(
            hash_bytes(&hash_key, span_of(message, len)) ==
            hash_bytes(&hash_key, span_of(message, len)));
        free(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flipping_any_bit_of_a_message_flips_half_of_the_hash),
        cmocka_unit_test(changing_any_word_of_the_key_changes_the_hash),
        cmocka_unit_test(messages_of_other_lengths_have_other_hashes),
        cmocka_unit_test(numbered_names_spread_evenly_over_buckets),
        cmocka_unit_test(hashing_reads_only_the_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
