/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without a fuzzer: over the files named, else over its
 * corpus, $SRCDIR/t/fuzz/corpus/TARGET.  A target that aborts ends the run, and
 * the missing lines make it fail.
 */
#include "ds/compat.h"

#include <dirent.h>
#include <stdio.h>

#include "fuzz.h"

static int ran, bad;

static void
run_file(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *f = fopen(path, "rb");
	size_t len = 0;

	if (f != NULL) {
		len = fread(data, 1, sizeof(data), f);
		fclose(f);
		(void)LLVMFuzzerTestOneInput(data, len);
	} else {
		bad = 1;
	}
	printf("%sok %d - %s\n", f != NULL ? "" : "not ", ++ran, path);
	fflush(stdout);
}

static void
run_corpus(const char *target)
{
	const char *top = getenv("SRCDIR");
	const char *slash = strrchr(target, '/');
	struct dirent **found = NULL;
	char dir[4096], path[8192];
	int i, n;

	snprintf(dir, sizeof(dir), "%s/t/fuzz/corpus/%s",
	    top != NULL ? top : ".", slash != NULL ? slash + 1 : target);
	n = scandir(dir, &found, NULL, alphasort);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, found[i]->d_name);
		if (found[i]->d_name[0] != '.')
			run_file(path);
		free(found[i]);
	}
	free(found);
}

int
main(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc < 2)
		run_corpus(argv[0]);
	if (ran == 0)
		printf("not ok 1 - no input was found\n");
	printf("1..%d\n", ran > 0 ? ran : 1);
	return bad != 0 || ran == 0;
}
