/* Compared with a slow second implementation, made from the definition in section 2 of the
 * paper with the numbers of rounds as parameters, which is itself held against the 2-4 test
 * vector of the paper's appendix A. */
#include "base/siphash.h"

#include "support/test.h"

static uint64_t rotated(uint64_t word, int bits)
{
    return (word << bits) | (word >> (64 - bits));
}

/* Half a SipRound: `a` and `b` are mixed, `c` and `d` are mixed, and `a` is rotated by 32. */
static void half_round(uint64_t *v, int a, int b, int c, int d, int b_bits, int d_bits)
{
    v[a] += v[b];
    v[c] += v[d];
    v[b] = rotated(v[b], b_bits);
    v[d] = rotated(v[d], d_bits);
    v[b] ^= v[a];
    v[d] ^= v[c];
    v[a] = rotated(v[a], 32);
}

static void rounds(uint64_t *v, int count)
{
    while (count-- > 0) {
        half_round(v, 0, 1, 2, 3, 13, 16);
        half_round(v, 2, 1, 0, 3, 17, 21);
    }
}

/* Byte i of the message padded to a multiple of eight, the last byte being its length. */
static uint8_t padded_byte(struct span message, size_t padded_len, size_t i)
{
    if (i < message.len)
        return message.bytes[i];
    return i == padded_len - 1 ? (uint8_t)message.len : 0;
}

static uint64_t by_definition(int c, int d, const struct siphash_key *key, struct span message)
{
    size_t padded_len = (message.len / 8 + 1) * 8;
    uint64_t v[4] = {
        key->words[0] ^ 0x736f6d6570736575,
        key->words[1] ^ 0x646f72616e646f6d,
        key->words[0] ^ 0x6c7967656e657261,
        key->words[1] ^ 0x7465646279746573,
    };

    for (size_t start = 0; start < padded_len; start += 8) {
        uint64_t word = 0;

        for (size_t i = 8; i > 0; i--)
            word = word << 8 | padded_byte(message, padded_len, start + i - 1);
        v[3] ^= word;
        rounds(v, c);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    rounds(v, d);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static const struct siphash_key paper_key = {{0x0706050403020100, 0x0f0e0d0c0b0a0908}};

static void the_definition_gives_the_papers_vector(void **state)
{
    uint8_t message[15];

    (void)state;
    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (uint8_t)i;
    assert_true(
        by_definition(2, 4, &paper_key, span_of(message, sizeof(message))) ==
        0xa129ca6149be45e5);
}

static void every_length_agrees_with_the_definition(void **state)
{
    uint8_t message[65];

    (void)state;
    for (size_t i = 0; i < sizeof(message); i++)
        message[i] = (uint8_t)(i * 37 + 200);
    for (size_t len = 0; len < sizeof(message); len++) {
        struct span span = span_of(message, len);

        assert_true(siphash(&paper_key, span) == by_definition(1, 3, &paper_key, span));
    }
}

static void lengths_beyond_a_byte_agree_with_the_definition(void **state)
{
    static const uint8_t message[1027] = {1, 2, 3};

    (void)state;
    for (size_t len = 250; len <= sizeof(message); len += 7) {
        struct span span = span_of(message, len);

        assert_true(siphash(&paper_key, span) == by_definition(1, 3, &paper_key, span));
    }
}

static void both_words_of_the_key_matter(void **state)
{
    struct siphash_key first = paper_key, second = paper_key;
    uint64_t hash = siphash(&paper_key, text("message"));

    (void)state;
    first.words[0] ^= 1;
    second.words[1] ^= 1;
    assert_true(siphash(&first, text("message")) != hash);
    assert_true(siphash(&second, text("message")) != hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_definition_gives_the_papers_vector),
        cmocka_unit_test(every_length_agrees_with_the_definition),
        cmocka_unit_test(lengths_beyond_a_byte_agree_with_the_definition),
        cmocka_unit_test(both_words_of_the_key_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
