/*
 * Checks what the macros and inline functions of the small headers compute,
 * over their whole range where that is small, and says what is wrong.
 */
#include <sys/types.h>
#include <sys/byteorder.h>
#include <sys/crc32.h>
#include <sys/ctype.h>
#include <sys/sdt.h>
#include <sys/wait.h>

/* The host's: its own headers would clash with the kernel's types. */
int printf(const char *, ...);

static int failed;

static void
expect(const char *what, int at, long got, long wanted)
{
	if (got != wanted) {
		(void) printf("%s at %d: %ld, not %ld\n", what, at, got, wanted);
		failed = 1;
	}
}

static int
among(const char *set, int c)
{
	for (; *set != '\0'; set++) {
		if (*set == c)
			return (1);
	}
	return (0);
}

static void
check_ctype(void)
{
	static const char digits[] = "0123456789";
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	int i, digit, letter;

	for (i = -128; i < 128; i++) {
		digit = among(digits, i);
		letter = among(lower, i) || among(upper, i);
		expect("isdigit", i, isdigit((char)i), digit);
		expect("islower", i, islower((char)i), among(lower, i));
		expect("isupper", i, isupper((char)i), among(upper, i));
		expect("isalpha", i, isalpha((char)i), letter);
		expect("isalnum", i, isalnum((char)i), letter || digit);
		expect("isxdigit", i, isxdigit((char)i), digit || among("abcdefABCDEF", i));
		expect("isprint", i, isprint((char)i), i >= 32 && i <= 126);
		expect("isspace", i, isspace((char)i), among(" \t\n\r", i));
	}
}

/* The value that catalogues of checksums give for these nine digits. */
static void
check_crc32(void)
{
	uint32_t table[256], crc;

	CRC32_INIT(table, CRC32_POLY);
	CRC32(crc, "123456789", 9, -1U, table);
	expect("CRC32", 9, crc ^ -1U, 0xcbf43926L);
}

static void
check_byteorder(void)
{
	uint8_t b[8];
	int i;

	LE_OUT64(b, 0x0102030405060708ULL);
	for (i = 0; i < 8; i++)
		expect("LE_OUT64", i, b[i], 8 - i);
	BE_OUT64(b, 0x0102030405060708ULL);
	for (i = 0; i < 8; i++)
		expect("BE_OUT64", i, b[i], i + 1);
	LE_OUT32(b, 0xf1f2f3f4);
	expect("LE_OUT32", 0, LE_IN32(b), 0xf1f2f3f4L);
	BE_OUT32(b, 0xf1f2f3f4);
	expect("BE_OUT32", 0, BE_IN32(b), 0xf1f2f3f4L);
	expect("BE_OUT32", 0, b[0], 0xf1);
	BE_OUT16(b, 0xf1f2);
	expect("BE_OUT16", 0, b[0], 0xf1);
	expect("BE_OUT16", 1, b[1], 0xf2);
}

/* wait.h(3HEAD): an exit, a signal, a stop and a continuation exclude each other. */
static void
check_wait(void)
{
	int i;

	for (i = 0; i < 256; i++) {
		expect("WIFEXITED", i, WIFEXITED(i << 8), 1);
		expect("WEXITSTATUS", i, WEXITSTATUS(i << 8), i);
		expect("WIFSTOPPED of an exit", i, WIFSTOPPED(i << 8), 0);
		expect("WIFSIGNALED of an exit", i, WIFSIGNALED(i << 8), 0);
	}
	for (i = 1; i < 64; i++) {
		expect("WIFSIGNALED", i, WIFSIGNALED(i), 1);
		expect("WTERMSIG", i, WTERMSIG(i | WCOREFLG), i);
		expect("WIFEXITED of a signal", i, WIFEXITED(i), 0);
		expect("WIFSTOPPED", i, WIFSTOPPED(i << 8 | WSTOPFLG), 1);
		expect("WIFSIGNALED of a stop", i, WIFSIGNALED(i << 8 | WSTOPFLG), 0);
	}
	expect("WCOREDUMP", 11, WCOREDUMP(11 | WCOREFLG) != 0, 1);
	expect("WIFCONTINUED", 0, WIFCONTINUED(WCONTFLG), 1);
}

/* A probe evaluates its arguments once. */
static void
check_probes(void)
{
	int n = 0;

	DTRACE_PROBE(nothing);
	DTRACE_PROBE1(one, int, n++);
	DTRACE_PROBE8(eight, int, n++, int, n++, int, n++, int, n++, int, n++, int, n++, int, n++, int, n++);
	expect("DTRACE_PROBE", 0, n, 9);
}

int
main(void)
{
	check_ctype();
	check_crc32();
	check_byteorder();
	check_wait();
	check_probes();
	return (failed);
}
