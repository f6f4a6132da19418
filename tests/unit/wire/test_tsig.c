/* SPDX-License-Identifier: BSD-2-Clause */
/* TSIG beside what dnspython 2.3 makes with the same keys and times, and with hostile octets. */
#include "wire/tsig.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"

enum { NOW = 1700000000 };

static const uint8_t sha256_request[] = {
	18, 52, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 98, 53, 112, 2, 117, 115, 0, 0, 6, 0, 1, 3, 88, 102, 114,
	3, 107, 101, 121, 0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 61, 11, 104, 109, 97, 99, 45, 115, 104, 97, 50,
	53, 54, 0, 0, 0, 101, 83, 241, 0, 1, 44, 0, 32, 79, 138, 20, 153, 76, 62, 72, 245, 52, 101, 106,
	26, 28, 253, 189, 179, 213, 167, 244, 215, 138, 207, 169, 99, 254, 105, 180, 170, 228, 155, 20,
	239, 18, 52, 0, 0, 0, 0
};
static const uint8_t sha256_answer[] = {
	18, 52, 133, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 98, 53, 112, 2, 117, 115, 0, 0, 6, 0, 1, 3, 88, 102,
	114, 3, 107, 101, 121, 0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 61, 11, 104, 109, 97, 99, 45, 115, 104,
	97, 50, 53, 54, 0, 0, 0, 101, 83, 241, 0, 1, 44, 0, 32, 52, 88, 166, 198, 186, 92, 192, 216, 148,
	193, 92, 135, 148, 65, 43, 141, 178, 42, 62, 193, 225, 253, 214, 78, 245, 33, 193, 116, 50, 157,
	212, 122, 18, 52, 0, 0, 0, 0
};
static const uint8_t sha384_request[] = {
	18, 52, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 98, 53, 112, 2, 117, 115, 0, 0, 6, 0, 1, 3, 88, 102, 114,
	3, 107, 101, 121, 0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 77, 11, 104, 109, 97, 99, 45, 115, 104, 97, 51,
	56, 52, 0, 0, 0, 101, 83, 241, 0, 1, 44, 0, 48, 94, 58, 92, 105, 200, 177, 82, 206, 157, 19, 78,
	97, 100, 221, 1, 101, 247, 211, 212, 96, 228, 115, 57, 252, 185, 29, 161, 141, 82, 118, 214, 38,
	81, 97, 40, 206, 43, 123, 199, 51, 221, 189, 18, 205, 229, 193, 180, 123, 18, 52, 0, 0, 0, 0
};
static const uint8_t sha384_answer[] = {
	18, 52, 133, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 98, 53, 112, 2, 117, 115, 0, 0, 6, 0, 1, 3, 88, 102,
	114, 3, 107, 101, 121, 0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 77, 11, 104, 109, 97, 99, 45, 115, 104,
	97, 51, 56, 52, 0, 0, 0, 101, 83, 241, 0, 1, 44, 0, 48, 138, 172, 35, 117, 73, 100, 154, 17, 184,
	224, 46, 29, 83, 19, 233, 78, 107, 113, 165, 102, 35, 49, 164, 206, 239, 110, 188, 35, 184, 7, 130,
	6, 166, 108, 135, 24, 206, 178, 243, 74, 78, 194, 89, 252, 134, 243, 43, 70, 18, 52, 0, 0, 0, 0
};
static const uint8_t sha512_request[] = {
	18, 52, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 98, 53, 112, 2, 117, 115, 0, 0, 6, 0, 1, 3, 88, 102, 114,
	3, 107, 101, 121, 0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 93, 11, 104, 109, 97, 99, 45, 115, 104, 97, 53,
	49, 50, 0, 0, 0, 101, 83, 241, 0, 1, 44, 0, 64, 185, 211, 220, 231, 145, 149, 214, 133, 216, 182,
	109, 157, 216, 170, 28, 209, 130, 26, 71, 41, 74, 16, 240, 26, 140, 207, 185, 238, 230, 109, 38,
	36, 225, 184, 227, 125, 98, 136, 23, 202, 38, 47, 219, 159, 193, 145, 20, 123, 202, 45, 15, 200,
	55, 190, 191, 197, 11, 198, 210, 6, 141, 190, 211, 23, 18, 52, 0, 0, 0, 0
};
static const uint8_t sha512_answer[] = {
	18, 52, 133, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 98, 53, 112, 2, 117, 115, 0, 0, 6, 0, 1, 3, 88, 102,
	114, 3, 107, 101, 121, 0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 93, 11, 104, 109, 97, 99, 45, 115, 104,
	97, 53, 49, 50, 0, 0, 0, 101, 83, 241, 0, 1, 44, 0, 64, 250, 61, 105, 146, 236, 130, 208, 167, 71,
	31, 250, 177, 99, 117, 225, 68, 104, 193, 237, 202, 153, 4, 37, 218, 172, 30, 118, 47, 220, 174,
	174, 90, 74, 104, 254, 41, 14, 55, 162, 236, 146, 209, 199, 182, 136, 47, 200, 118, 115, 46, 111,
	253, 177, 105, 224, 97, 211, 29, 93, 248, 219, 45, 4, 94, 18, 52, 0, 0, 0, 0
};
static const struct vector {
	enum tsig_algorithm algorithm;
	const uint8_t *request, *answer;
	size_t request_size, answer_size;
} vectors[] = {
	{ TSIG_SHA256, sha256_request, sha256_answer, sizeof sha256_request, sizeof sha256_answer },
	{ TSIG_SHA384, sha384_request, sha384_answer, sizeof sha384_request, sizeof sha384_answer },
	{ TSIG_SHA512, sha512_request, sha512_answer, sizeof sha512_request, sizeof sha512_answer },
};
enum { VECTORS = 3, QUESTION_END = 12 + 8 + 4 };

static struct tsig_key key_of(enum tsig_algorithm algorithm)
{
	struct tsig_key key = { .algorithm = algorithm, .secret_size = 32 };
	assert_int_equal(name_read("xfr.key", &key.name, NULL), DONE);
	for (int i = 0; i < 32; i++)
		key.secret[i] = (uint8_t)i;
	return key;
}

/* In a piece of memory of its own, so that reading beyond it is seen. */
static uint8_t *copy(const uint8_t *octets, size_t size, size_t room)
{
	uint8_t *piece = malloc(size + room + (size + room == 0));
	assert_non_null(piece);
	memcpy(piece, octets, size);
	return piece;
}

/* A secret that was replaced is good beside the new one until its time is over; and what else is wrong stays so. */
static void test_former_secrets(void **state)
{
	const struct vector *v = &vectors[0];
	struct tsig_key former = key_of(v->algorithm), key = former;
	struct tsig_context t;
	uint8_t *message = copy(v->request, v->request_size, 0);
	(void)state;
	key.secret[0] ^= 1;
	assert_int_equal(tsig_find(message, v->request_size, &t), TSIG_THERE);
	t.key = &key;
	assert_true(tsig_verify_either(&t, &former, NOW + 1, message, NOW));
	assert_ptr_equal(t.key, &former);
	t.key = &key;
	assert_false(tsig_verify_either(&t, &former, NOW, message, NOW));
	assert_int_equal(t.error, TSIG_BADSIG);
	assert_ptr_equal(t.key, &key);
	assert_false(tsig_verify_either(&t, NULL, NOW + 1, message, NOW));
	assert_false(tsig_verify_either(&t, &former, UINT64_MAX, message, NOW + TSIG_FUDGE + 1));
	assert_int_equal(t.error, TSIG_BADTIME);
	t.key = &former;
	assert_true(tsig_verify_either(&t, &key, NOW + 1, message, NOW));
	assert_ptr_equal(t.key, &former);
	free(message);
}

static void test_requests(void **state)
{
	(void)state;
	for (int i = 0; i < VECTORS; i++) {
		const struct vector *v = &vectors[i];
		struct tsig_key key = key_of(v->algorithm);
		struct tsig_context t;
		uint8_t *message = copy(v->request, v->request_size, 0);
		assert_int_equal(tsig_find(message, v->request_size, &t), TSIG_THERE);
		assert_int_equal(t.at, QUESTION_END);
		assert_int_equal(t.id, 0x1234);
		assert_true(name_equal(&t.key_name, &key.name));
		t.key = &key;
		assert_true(tsig_verify(&t, message, NOW));
		assert_true(tsig_verify(&t, message, NOW + TSIG_FUDGE));
		assert_false(tsig_verify(&t, message, NOW + TSIG_FUDGE + 1));
		assert_int_equal(t.error, TSIG_BADTIME);
		assert_false(tsig_verify(&t, message, NOW - TSIG_FUDGE - 1));
		assert_int_equal(t.error, TSIG_BADTIME);
		message[0] ^= 1; /* the id may be changed on the way (section 4.2) */
		assert_true(tsig_verify(&t, message, NOW));
		message[14] ^= 1;
		assert_false(tsig_verify(&t, message, NOW));
		assert_int_equal(t.error, TSIG_BADSIG);
		free(message);
	}
}

/* Octet by octet as dnspython makes them. */
static void test_answers(void **state)
{
	(void)state;
	for (int i = 0; i < VECTORS; i++) {
		const struct vector *v = &vectors[i];
		struct tsig_key key = key_of(v->algorithm);
		struct tsig_context t;
		uint8_t answer[512 + TSIG_ROOM];
		size_t size = QUESTION_END;
		assert_int_equal(tsig_find(v->request, v->request_size, &t), TSIG_THERE);
		t.key = &key;
		assert_true(tsig_verify(&t, v->request, NOW));
		memcpy(answer, v->answer, size);
		answer[11] = 0;
		tsig_sign(&t, answer, &size, NOW, true);
		assert_int_equal(size, v->answer_size);
		answer[QUESTION_END + 1] = 'X'; /* as it wrote the key's name */
		assert_memory_equal(answer, v->answer, size);
	}
}

/* Our request, our answer of several messages. */
static void test_a_stream(void **state)
{
	struct tsig_key key = key_of(TSIG_SHA256), other = key_of(TSIG_SHA256);
	struct tsig_context ours, theirs;
	uint8_t message[512 + TSIG_ROOM] = { 1, 2, 0, 0 };
	size_t size = 12;
	(void)state;
	tsig_sign_request(&ours, &key, message, &size, NOW);
	assert_int_equal(tsig_find(message, size, &theirs), TSIG_THERE);
	theirs.key = &other;
	assert_true(tsig_verify(&theirs, message, NOW));
	memset(message, 0, sizeof message);
	message[0] = 1;
	message[1] = 2;
	size = 12;
	tsig_sign(&theirs, message, &size, NOW, true);
	assert_true(tsig_verify_answer(&ours, message, size, NOW));
	message[3] ^= 1;
	assert_false(tsig_verify_answer(&ours, message, size, NOW));
	size_t first = theirs.prior_size;
	size = 12;
	message[11] = 0;
	tsig_sign(&theirs, message, &size, NOW, false);
	assert_int_equal(theirs.prior_size, first);
	assert_false(tsig_verify_answer(&ours, message, size, NOW)); /* the second of a stream is made otherwise */
}

static void find_wrong(const uint8_t *message, size_t size, enum tsig_error error, const struct tsig_key *key)
{
	struct tsig_context t;
	assert_int_equal(tsig_find(message, size, &t), TSIG_THERE);
	t.key = key;
	assert_false(tsig_verify(&t, message, NOW));
	assert_int_equal(t.error, error);
	uint8_t answer[512 + TSIG_ROOM] = { 0 };
	size_t answered = 12;
	tsig_sign(&t, answer, &answered, NOW + 1000, true);
	struct tsig_context back;
	assert_int_equal(tsig_find(answer, answered, &back), TSIG_THERE);
	assert_int_equal(back.mac_size > 0, error != TSIG_BADKEY && error != TSIG_BADSIG);
}

static void test_errors(void **state)
{
	struct tsig_key key = key_of(TSIG_SHA256), sha512 = key_of(TSIG_SHA512), secret = key;
	uint8_t *message = copy(sha256_request, sizeof sha256_request, 0);
	(void)state;
	secret.secret[5] ^= 1;
	find_wrong(message, sizeof sha256_request, TSIG_BADKEY, NULL);
	find_wrong(message, sizeof sha256_request, TSIG_BADKEY, &sha512);
	find_wrong(message, sizeof sha256_request, TSIG_BADSIG, &secret);
	free(message);
}

/* A MAC that was cut is right as far as it goes, and refused all the same; too short, it is none. */
static void test_cut_macs(void **state)
{
	struct tsig_key key = key_of(TSIG_SHA256);
	(void)state;
	for (unsigned cut = 1; cut <= 32; cut++) {
		size_t size = sizeof sha256_request - cut;
		uint8_t *message = copy(sha256_request, size, 0), *length = message + QUESTION_END + 9 + 8;
		size_t mac = QUESTION_END + 9 + 10 + 13 + 8 + 2;
		length[1] = (uint8_t)(length[1] - cut);
		message[mac - 1] = (uint8_t)(32 - cut);
		memcpy(message + mac + 32 - cut, sha256_request + mac + 32, 6);
		find_wrong(message, size, cut <= 16 ? TSIG_BADTRUNC : TSIG_BADSIG, &key);
		free(message);
	}
}

static void test_malformed(void **state)
{
	struct tsig_context t;
	uint8_t *message;
	(void)state;
	for (size_t size = 0; size < sizeof sha256_request; size++) {
		message = copy(sha256_request, size, 0);
		assert_int_equal(tsig_find(message, size, &t), TSIG_WRONG);
		free(message);
	}
	message = copy(sha256_request, sizeof sha256_request, 1);
	message[sizeof sha256_request] = 0;
	assert_int_equal(tsig_find(message, sizeof sha256_request + 1, &t), TSIG_WRONG); /* something behind it */
	message[11] = 2; /* another record is counted: this one is not the last */
	assert_int_equal(tsig_find(message, sizeof sha256_request, &t), TSIG_WRONG);
	message[11] = 0; /* none is counted, and there it stands */
	assert_int_equal(tsig_find(message, sizeof sha256_request, &t), TSIG_NONE);
	message[11] = 1;
	message[7] = 1; /* in another section */
	message[11] = 0;
	assert_int_equal(tsig_find(message, sizeof sha256_request, &t), TSIG_WRONG);
	message[7] = 0;
	message[11] = 1;
	message[QUESTION_END + 9 + 3] = 1; /* class IN */
	assert_int_equal(tsig_find(message, sizeof sha256_request, &t), TSIG_WRONG);
	message[QUESTION_END + 9 + 3] = 255;
	message[QUESTION_END + 9 + 7] = 1; /* a TTL */
	assert_int_equal(tsig_find(message, sizeof sha256_request, &t), TSIG_WRONG);
	message[QUESTION_END + 9 + 7] = 0;
	message[QUESTION_END + 4] = 0x80; /* a label of no kind */
	assert_int_equal(tsig_find(message, sizeof sha256_request, &t), TSIG_WRONG);
	free(message);
	static const uint8_t pointed[] = { 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 'a', 0, 0, 1, 0, 1, 0xc0, 12, 0, 250,
		0, 255, 0, 0, 0, 0, 0, 0 }; /* its owner is compressed */
	assert_int_equal(tsig_find(pointed, sizeof pointed, &t), TSIG_WRONG);
	static const uint8_t opt[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0 };
	assert_int_equal(tsig_find(opt, sizeof opt, &t), TSIG_NONE);
}

static void test_chance(void **state)
{
	struct tsig_context t;
	struct tsig_key key = key_of(TSIG_SHA256);
	(void)state;
	srandom(3);
	for (int i = 0; i < 200000; i++) {
		uint8_t *message = copy(sha256_request, sizeof sha256_request, 0);
		for (long n = random() % 3; n >= 0; n--)
			message[random() % (long)sizeof sha256_request] = (uint8_t)random();
		if (tsig_find(message, sizeof sha256_request, &t) == TSIG_THERE) {
			t.key = &key;
			bool same = memcmp(message + 2, sha256_request + 2, sizeof sha256_request - 2) == 0;
			if (tsig_verify(&t, message, NOW) && !same)
				assert_true(memcmp(message + 12, sha256_request + 12, 8) == 0); /* letters of the key's name */
		}
		free(message);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests), cmocka_unit_test(test_former_secrets), cmocka_unit_test(test_answers), cmocka_unit_test(test_a_stream),
		cmocka_unit_test(test_errors), cmocka_unit_test(test_cut_macs), cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_chance),
	};
	return cmocka_run_group_tests_name("wire/tsig", tests, NULL, NULL);
}
