/* SPDX-License-Identifier: Apache-2.0 */
#include "ds/compat.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "ds/err.h"

#include "tap.h"

static void
codes_and_texts(void)
{
	is_str(ds_err_text(), "unknown error", "at first there is a text");
	ok(ds_err_hint_text() == NULL, "at first there is no hint");
	ok(ds_err(DS_EINVAL, "'%s' is bad", "x") == DS_EINVAL,
	    "the code comes back");
	is_str(ds_err_text(), "'x' is bad", "the text is formatted");
	errno = ENOENT;
	ok(ds_err_sys("cannot open '%s'", "f") == DS_ESYS, "a system error");
	is_str(ds_err_text(), "cannot open 'f': No such file or directory",
	    "errno is in the text");
	ok(errno == ENOENT, "errno is kept");
	ok(ds_err_in(DS_ESYS, "item '%s'", "i") == DS_ESYS,
	    "the code passes through");
	is_str(ds_err_text(),
	    "item 'i': cannot open 'f': No such file or directory",
	    "where it was comes first");
	ds_err(DS_EINVAL, "again: %s", ds_err_text());
	is_str(ds_err_text(),
	    "again: item 'i': cannot open 'f': No such file or directory",
	    "the old text may be an argument of the new");
	ok(ds_err_nomem() == DS_ENOMEM, "out of memory");
	is_str(ds_err_text(), "out of memory", "and its text");
	ds_err_clear();
	is_str(ds_err_text(), "unknown error", "clear forgets it");
}

static void
hints(void)
{
	ds_err(DS_EINVAL, "first");
	ok(ds_err_hint(DS_EINVAL, "try '%s'", "y") == DS_EINVAL,
	    "a hint passes the code on");
	is_str(ds_err_hint_text(), "try 'y'", "the hint is there");
	is_str(ds_err_text(), "first", "the text stays");
	ds_err_in(DS_EINVAL, "where");
	is_str(ds_err_hint_text(), "try 'y'", "ds_err_in() keeps the hint");
	ds_err(DS_EINVAL, "second");
	ok(ds_err_hint_text() == NULL, "a new error has no hint");
	ds_err_hint(DS_EINVAL, "a\nb");
	is_str(ds_err_hint_text(), "a?b", "a hint is one line");
	errno = EIO;
	ds_err_sys("third");
	ok(ds_err_hint_text() == NULL, "a new system error has no hint");
	ds_err_hint(DS_EINVAL, "x");
	ds_err_clear();
	ok(ds_err_hint_text() == NULL, "clear forgets the hint");
}

static void
no_control_bytes(void)
{
	ds_err(DS_EINVAL, "'%s'", "a\nb\tc\033[1m\177x\r");
	is_str(ds_err_text(), "'a?b?c?[1m?x?'", "control bytes become '?'");
	ds_err(DS_EINVAL, "%s",
	    "x\xc2\x9b"
	    "1m\xc3\xa9");
	is_str(ds_err_text(), "x??1m\xc3\xa9", "those of U+0080 on, too");
}

static void
bounds(void)
{
	static char big[10000];
	size_t n;

	memset(big, 'a', sizeof(big) - 1);
	errno = EACCES;
	ds_err_sys("cannot open '%s'", big);
	n = strlen(ds_err_text());
	ok(n < 4096, "a message is bounded");
	ok(strncmp(ds_err_text(), "cannot open 'aaa", 16) == 0,
	    "a long one keeps its start");
	is_str(ds_err_text() + n - 19, ": Permission denied", "and its cause");
	ds_err_in(DS_ESYS, "cannot restore '%s'", big);
	n = strlen(ds_err_text());
	ok(n < 4096 && strncmp(ds_err_text(), "cannot restore", 14) == 0,
	    "with where, too");
	is_str(ds_err_text() + n - 19, ": Permission denied",
	    "which leaves the cause");
	/* two bytes each, so that a cut could fall between them */
	for (n = 1; n + 2 < sizeof(big); n += 2)
		memcpy(big + n, "\xc3\xa9", 2);
	big[n] = '\0';
	ds_err(DS_EINVAL, "%s", big);
	n = strlen(ds_err_text());
	ok((unsigned char)ds_err_text()[n - 1] == 0xa9,
	    "a character is cut off whole");
}

static void *
other_thread(void *arg)
{
	bool *clean = arg;

	*clean = strcmp(ds_err_text(), "unknown error") == 0;
	ds_err(DS_EINVAL, "theirs");
	return NULL;
}

static void
threads(void)
{
	pthread_t t;
	bool clean = false;

	ds_err(DS_EINVAL, "ours");
	ok(pthread_create(&t, NULL, other_thread, &clean) == 0, "a thread");
	pthread_join(t, NULL);
	ok(clean, "it does not see our message");
	is_str(ds_err_text(), "ours", "and we do not see its");
}

static void
words(void)
{
	int code;
	int other;
	bool distinct = true;

	is_str(ds_err_word(DS_OK), "ok", "the word of success");
	is_str(ds_err_word(DS_EBRAKE), "held", "the word of a brake");
	is_str(ds_err_word(DS_EMOVED), "moved", "the word of a moved ref");
	is_str(ds_err_word(-3), "system", "an unknown code has a word");
	for (code = DS_EMOVED; code <= DS_ENOMEM; code++)
		for (other = DS_EMOVED; other < code; other++)
			if (strcmp(ds_err_word(code), ds_err_word(other)) == 0)
				distinct = false;
	ok(distinct, "each code has a word of its own");
}

int
main(void)
{
	codes_and_texts();
	hints();
	no_control_bytes();
	bounds();
	threads();
	words();
	return tap_done();
}
