/* What a table needs of its hash: that every bit of the message and of the key counts, that
 * names as jobs use them spread evenly, and that it reads the message and nothing else. */
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/test.h"

enum {
    LONGEST = 70, /* several rounds of 16 bytes and every kind of rest */
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

/* How often each bit of the hash is changed by flipping one bit of the message. */
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

/* A fair coin stays within these bounds but once in 10^15 times. */
static void every_bit_of_a_message_flips_half_of_the_hash(void **state)
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

static void every_word_of_the_key_matters(void **state)
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

static void the_length_matters(void **state)
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

/* As many names as buckets: with a random function some 7 or 8 meet in the fullest. */
static void names_that_count_up_spread_evenly(void **state)
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

/* A block of its own for each length, so that the sanitizers see a step outside. */
static void it_reads_the_message_and_nothing_else(void **state)
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
        cmocka_unit_test(every_bit_of_a_message_flips_half_of_the_hash),
        cmocka_unit_test(every_word_of_the_key_matters),
        cmocka_unit_test(the_length_matters),
        cmocka_unit_test(names_that_count_up_spread_evenly),
        cmocka_unit_test(it_reads_the_message_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
